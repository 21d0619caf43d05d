public import Domain
internal import Standards
public import Storage

/// Ends one session, or all of a user's, for an operator; its tokens are refused from the next request on.
public struct EndSession: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions

    public enum Outcome: Sendable { case ended(User), wasOver(User), noSuchSession }
    /// How many sessions there were to end.
    public enum AllOutcome: Sendable { case ended(Int64, of: User), noSuchUser }

    public func callAsFunction(
        _ id: ID<Session>, in realm: RealmName, by source: Source
    ) async throws(StoreFault) -> Outcome {
        let found = try await store.read { (reader) throws(StoreFault) -> (User, [UInt8]?)? in
            guard let session = try reader.session(id, realm: realm),
                let user = try reader.user(session.user, realm: realm)
            else { return nil }
            return (user, try reader.subjectKey(of: user.id, realm: realm))
        }
        guard let (user, wrapped) = found else { return .noSuchSession }
        let draft = draft(.endSession, user, wrapped, source, [("session", .string(id.text))])
        let ended = try await store.transaction { (tx) throws(StoreFault) in
            guard try tx.end(id, reason: .revoked) else { return false }
            try draft.append(to: tx)
            try tx.announce(.session(id, realm))
            return true
        }
        live.invalidate(.session(id, realm))
        return ended ? .ended(user) : .wasOver(user)
    }

    public func all(
        of reference: String, in realm: RealmName, by source: Source
    ) async throws(StoreFault) -> AllOutcome {
        let found = try await store.read { (reader) throws(StoreFault) -> (User, [UInt8]?)? in
            guard let user = try UserReference(text: reference).find(in: realm, reader) else { return nil }
            return (user, try reader.subjectKey(of: user.id, realm: realm))
        }
        guard let (user, wrapped) = found else { return .noSuchUser }
        let draft = draft(.endSessions, user, wrapped, source, [])
        let count = try await store.transaction { (tx) throws(StoreFault) in
            let count = try tx.endSessions(of: user.id, reason: .revoked)
            guard count > 0 else { return count }
            try draft.append(to: tx)
            try tx.announce(.user(user.id, realm))
            return count
        }
        live.invalidate(.user(user.id, realm))
        return .ended(count, of: user)
    }

    private func draft(
        _ deed: Deed, _ user: User, _ wrapped: [UInt8]?, _ source: Source, _ details: [(String, JSON)]
    ) -> EventDraft {
        let key = recorder.subjectKeys.open(wrapped, for: user.id, realm: user.realm)
        return recorder.draft(
            deed, realm: user.realm, confirmedBy: "cli", source: source,
            details: details + [("target", .string(user.id.text))], personal: [recorder.part(key, user: user.person)])
    }
}
