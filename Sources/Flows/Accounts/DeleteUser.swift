public import Domain
internal import Standards
public import Storage

/// An administrator ends somebody's account: it is disabled now and erased after the realm's time of grace. Until
/// then enabling the account takes it back.
public struct DeleteUser: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable {
        case scheduled(User, finallyAt: Timestamp)
        case noSuchUser
        /// Nobody deletes themselves as an administrator; there is another way for that.
        case ownAccount
        case refused(DeedRefusal)
    }

    public func callAsFunction(
        user reference: String, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        guard let found = try await parts.find(UserReference(text: reference), in: realm.name) else {
            return .noSuchUser
        }
        guard actor.person?.id != found.user.id else { return .ownAccount }
        let user = found.user
        let finallyAt = found.now + realm.rules.accounts.deletionGrace
        let draft = try await parts.draft(
            .deleteUser, found, by: actor, details: [("finally_at", .string(finallyAt.iso8601))])
        let letter = parts.postman.draft(.accountDisabled, to: Addressee(user, key: found.key), in: realm)
        let outcome = try await parts.store.endingDeed(on: user.id, in: realm.name, by: actor) {
            (tx) throws(StoreFault) in
            guard try tx.lock(user.id, realm: realm.name) else { return }
            let wasActive = try tx.user(user.id, realm: realm.name)?.isActive ?? false
            _ = try tx.setActive(false, user: user.id, realm: realm.name)
            try tx.plan(PlannedEnding(user: user.id, realm: realm.name, dueAt: finallyAt, isByOwner: false))
            try tx.deleteAccountTokens(of: user.id)
            _ = try tx.endSessions(of: user.id, except: nil, reason: .userDisabled)
            try draft.append(to: tx)
            if wasActive { try letter.append(to: tx) }
            try tx.announce(.user(user.id, realm.name))
        }
        if case .refused(let refusal) = outcome { return .refused(refusal) }
        parts.live.invalidate(.user(user.id, realm.name))
        return .scheduled(user, finallyAt: finallyAt)
    }
}
