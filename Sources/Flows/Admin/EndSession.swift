public import Domain
internal import Standards
public import Storage

/// Ends one session, or all of a user's; their tokens are refused from the next request on.
public struct EndSession: Sendable {
    let store: any Store
    let recorder: Recorder
    let live: LiveSessions

    public enum Outcome: Sendable { case ended(User, count: Int64), wasOver(User), noSuchSession, refused(DeedRefusal) }
    /// How many sessions there were to end.
    public enum AllOutcome: Sendable { case ended(Int64, of: User), noSuchUser, refused(DeedRefusal) }

    /// - Parameter owner: whose it must be; anybody else's session is as one that does not exist.
    public func callAsFunction(
        _ id: ID<Session>, of owner: ID<User>? = nil, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let found = try await store.read { (reader) throws(StoreFault) -> (User, [UInt8]?, [UInt8]?)? in
            guard let session = try reader.session(id, realm: realm), owner.map({ $0 == session.user }) ?? true,
                let user = try reader.user(session.user, realm: realm)
            else { return nil }
            return (
                user, try reader.subjectKey(of: user.id, realm: realm), try actor.subjectKey(besides: user.id, reader)
            )
        }
        guard let (user, wrapped, own) = found else { return .noSuchSession }
        let draft = draft(.endSession, user, wrapped, own, actor, [("session", .string(id.text))])
        let outcome = try await store.deed(on: user.id, in: realm, by: actor) { (tx) throws(StoreFault) -> [Change] in
            let ended = try tx.end(id, reason: .revoked).map { Change.session($0, realm) }
            guard !ended.isEmpty else { return [] }
            try draft.append(to: tx)
            try tx.announce(ended)
            return ended
        }
        let ended: [Change]
        switch outcome {
        case .refused(let refusal): return .refused(refusal)
        case .done(let changes): ended = changes
        }
        live.invalidate([.session(id, realm)] + ended)
        return ended.isEmpty ? .wasOver(user) : .ended(user, count: Int64(ended.count))
    }

    /// - Parameter kept: stays, with the sessions that applications have beside it.
    public func all(
        of reference: String, except kept: ID<Session>? = nil, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> AllOutcome {
        let found = try await store.read { (reader) throws(StoreFault) -> (User, [UInt8]?, [UInt8]?)? in
            guard let user = try UserReference(text: reference).find(in: realm, reader) else { return nil }
            return (
                user, try reader.subjectKey(of: user.id, realm: realm), try actor.subjectKey(besides: user.id, reader)
            )
        }
        guard let (user, wrapped, own) = found else { return .noSuchUser }
        let draft = draft(
            .endSessions, user, wrapped, own, actor, kept.map { [("kept", .string($0.text))] } ?? [])
        let outcome = try await store.deed(on: user.id, in: realm, by: actor) { (tx) throws(StoreFault) -> Int64 in
            let count = Int64(try tx.endSessions(of: user.id, except: kept, reason: .revoked).count)
            guard count > 0 else { return count }
            try draft.append(to: tx)
            try tx.announce(.user(user.id, realm))
            return count
        }
        switch outcome {
        case .refused(let refusal): return .refused(refusal)
        case .done(let count):
            live.invalidate(.user(user.id, realm))
            return .ended(count, of: user)
        }
    }

    private func draft(
        _ deed: Deed, _ user: User, _ wrapped: [UInt8]?, _ own: [UInt8]?, _ actor: Actor, _ details: [(String, JSON)]
    ) -> EventDraft {
        recorder.draft(
            deed, realm: user.realm, actor: actor.person?.id, confirmedBy: actor.confirmedBy, source: actor.source,
            details: details + [("target", .string(user.id.text))] + actor.credential,
            personal: actor.parts(user.person, wrapped, own, recorder))
    }
}
