public import Domain
internal import Standards
public import Storage

/// Ends an impersonation before its time, or notes that one has ended by itself.
public struct EndImpersonation: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable {
        case ended
        case wasOver
        case noSuchImpersonation
    }

    private struct Found: Sendable {
        let stored: StoredImpersonation
        let parties: ImpersonationDrafts.Parties?
        let actorKey: [UInt8]?
        let ending: ImpersonationEnd?
    }

    public func callAsFunction(
        _ id: ID<Impersonation>, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let found = try await parts.store.read { (reader) throws(StoreFault) -> Found? in
            guard let stored = try reader.impersonation(id, realm: realm) else { return nil }
            return try find(stored, actor, reader)
        }
        guard let found else { return .noSuchImpersonation }
        let isOver = found.ending != nil
        let didEnd = try await end(found, as: found.ending ?? .ended, by: isOver ? nil : actor)
        return didEnd && !isOver ? .ended : .wasOver
    }

    /// Writes the end of those that ended by themselves: their time was over, somebody signed out, was disabled, or lost
    /// the right. Nobody could act any more since then; this is what tells of it.
    func settle() async throws(StoreFault) {
        var last: ID<Impersonation>?
        let slice = 100
        while true {
            let after = last
            let found = try await parts.store.read { (reader) throws(StoreFault) -> [Found] in
                try reader.unrecordedImpersonations(after: after, limit: slice).map { (stored) throws(StoreFault) in
                    try find(stored, nil, reader)
                }
            }
            for one in found {
                if let ending = one.ending { _ = try await end(one, as: ending, by: nil) }
            }
            guard found.count == slice else { return }
            last = found.last?.stored.acting.id
        }
    }

    private func find(
        _ stored: StoredImpersonation, _ actor: Actor?, _ reader: any StoreReader
    ) throws(StoreFault) -> Found {
        let user = try reader.user(stored.user, realm: stored.realm)
        let key = try reader.subjectKey(of: stored.user, realm: stored.realm)
        let impersonator = try reader.user(stored.acting.impersonator, realm: .system)
        var ending = try reader.ending(of: stored)
        if ending == nil, let user, !user.isUsable(at: reader.now) { ending = .userDisabled }
        if ending == nil, !stored.standing.isSessionOpen { ending = try sessionEnding(of: stored, reader) }
        return Found(
            stored: stored,
            parties: user.map {
                ImpersonationDrafts.Parties(
                    impersonator: impersonator?.person, impersonatorKey: stored.acting.wrappedKey, user: $0.person,
                    userKey: parts.recorder.subjectKeys.open(key, for: $0.id, realm: $0.realm))
            }, actorKey: try actor?.subjectKey(besides: stored.acting.impersonator, reader), ending: ending)
    }

    /// A session that only its idleness is against may have been used since: this node has not written it yet.
    private func sessionEnding(
        of stored: StoredImpersonation, _ reader: any StoreReader
    ) throws(StoreFault) -> ImpersonationEnd? {
        guard let session = try reader.session(stored.session, realm: stored.realm), session.endedAt == nil,
            let remembered = parts.live.session(stored.session), !remembered.isOver(at: reader.now)
        else { return .sessionEnded }
        return nil
    }

    private func end(
        _ found: Found, as ending: ImpersonationEnd, by actor: Actor?
    ) async throws(StoreFault) -> Bool {
        let (stored, realm) = (found.stored, found.stored.realm)
        let drafts = found.parties.map {
            ImpersonationDrafts(
                .endImpersonation, stored.acting, of: $0, by: actor, actorKey: found.actorKey,
                details: [("session", .string(stored.session.text)), ("cause", .string(ending.rawValue))],
                parts.recorder)
        }
        let (didEnd, changes) = try await parts.store.transaction { (tx) throws(StoreFault) -> (Bool, [Change]) in
            guard try tx.recordEnd(of: stored.acting.id, as: ending) else { return (false, []) }
            let changes = try tx.end(stored.session, reason: .revoked).map { Change.session($0, realm) }
            try drafts?.append(to: tx)
            try tx.announce(changes)
            return (true, changes)
        }
        parts.live.invalidate([.session(stored.session, realm)] + changes)
        return didEnd
    }
}
