public import Domain
internal import Standards
public import Storage

/// Lets unknown devices try an account again at once, after somebody else's tries used up what there was.
public struct UnlockUser: Sendable {
    let store: any Store
    let recorder: Recorder
    let throttles: Throttles

    public enum Outcome: Sendable {
        /// With how many counters were above zero.
        case unlocked(User, counters: Int64)
        case noSuchUser
        case refused(DeedRefusal)
    }

    public func callAsFunction(
        user reference: String, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let found = try await store.read { (reader) throws(StoreFault) -> (User, [UInt8]?)? in
            guard let user = try UserReference(text: reference).find(in: realm, reader) else { return nil }
            return (user, try reader.subjectKey(of: user.id, realm: realm))
        }
        guard let (user, wrapped) = found else { return .noSuchUser }
        let key = recorder.subjectKeys.open(wrapped, for: user.id, realm: realm)
        let ownKey = try await store.read { (reader) throws(StoreFault) in
            try actor.subjectKey(besides: user.id, reader)
        }
        let draft = recorder.draft(
            .unlockUser, realm: realm, actor: actor.person?.id, confirmedBy: actor.confirmedBy, source: actor.source,
            details: [("target", .string(user.id.text))] + actor.credential,
            personal: actor.parts(user.person, key, ownKey, recorder))
        let names = [user.username.key, user.email.key, user.id.text]
        let outcome = try await store.deed(on: user.id, in: realm, by: actor) { (tx) throws(StoreFault) -> Int64 in
            let count = try throttles.clear(names, in: realm, tx)
            if count > 0 { try draft.append(to: tx) }
            return count
        }
        switch outcome {
        case .refused(let refusal): return .refused(refusal)
        case .done(let count): return .unlocked(user, counters: count)
        }
    }
}
