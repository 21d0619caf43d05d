public import Domain
internal import Standards
public import Storage

/// Disables or enables a user. Disabling ends every session in the same transaction; enabling takes back that the account
/// was to be erased.
public struct SetUserActive: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable {
        case changed(User)
        case unchanged(User)
        case noSuchUser
        /// Nobody disables themselves.
        case ownAccount
        case refused(DeedRefusal)
    }

    public func callAsFunction(
        _ isActive: Bool, user reference: String, in realm: Realm, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        guard let found = try await parts.find(UserReference(text: reference), in: realm.name) else {
            return .noSuchUser
        }
        guard actor.person?.id != found.user.id else { return .ownAccount }
        let user = found.user
        let draft = try await parts.draft(isActive ? .enableUser : .disableUser, found, by: actor)
        let letter =
            isActive ? nil : parts.postman.draft(.accountDisabled, to: Addressee(user, key: found.key), in: realm)
        let body: @Sendable (any StoreTransaction) throws(StoreFault) -> User? = { (tx) throws(StoreFault) -> User? in
            guard let before = try tx.user(user.id, realm: realm.name), before.isActive != isActive,
                try tx.setActive(isActive, user: user.id, realm: realm.name)
            else { return nil }
            // When enabling too: on PostgreSQL a sign-in that overlapped the disabling may have left a session.
            _ = try tx.endSessions(of: user.id, except: nil, reason: .userDisabled)
            if isActive {
                if let ending = try tx.plannedEnding(of: user.id, realm: realm.name), !ending.isByOwner {
                    _ = try tx.cancelEnding(of: user.id, realm: realm.name)
                }
            } else {
                try tx.deleteAccountTokens(of: user.id)
            }
            try draft.append(to: tx)
            try letter?.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return try tx.user(user.id, realm: realm.name)
        }
        let outcome =
            isActive
            ? try await parts.store.deed(on: user.id, in: realm.name, by: actor, body)
            : try await parts.store.endingDeed(on: user.id, in: realm.name, by: actor, body)
        switch outcome {
        case .refused(let refusal): return .refused(refusal)
        case .done(let changed):
            parts.live.invalidate(.user(user.id, realm.name))
            return changed.map { .changed($0) } ?? .unchanged(user)
        }
    }
}
