public import Domain
internal import Standards
public import Storage

/// An administrator has a letter sent with which somebody sets a new password, which nobody else sees.
public struct StartReset: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable {
        case sent(User)
        /// Disabled or banned: a password would be of no use.
        case notUsable(User)
        case noSuchUser
        case refused(DeedRefusal)
    }

    public func callAsFunction(
        user reference: String, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        guard let found = try await parts.find(UserReference(text: reference), in: realm.name) else {
            return .noSuchUser
        }
        guard found.mayRecover else { return .notUsable(found.user) }
        let made = MailProofs(parts: parts).makeReset(found, in: realm)
        let draft = try await parts.draft(.startReset, found, by: actor)
        let letter = parts.postman.draft(
            .resetPassword(made.proof), to: Addressee(found.user, key: found.key), in: realm)
        let outcome = try await parts.store.deed(on: found.user.id, in: realm.name, by: actor) {
            (tx) throws(StoreFault) in
            try made.append(to: tx)
            try letter.append(to: tx)
            try draft.append(to: tx)
        }
        if case .refused(let refusal) = outcome { return .refused(refusal) }
        return .sent(found.user)
    }
}
