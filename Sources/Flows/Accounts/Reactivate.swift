internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Takes an account up again that its owner laid down, or asked to be deleted, and signs the owner in.
public struct Reactivate: Sendable {
    let parts: FlowParts
    let signIn: SignIn

    public func callAsFunction(
        identifier: String, password: Secret, in realm: Realm, from source: Source, as transport: Transport = .token,
        device: String? = nil
    ) async throws(StoreFault) -> SignIn.Outcome {
        // Sign-in says of a laid-down account that it is one, to whoever has the password, and counts the tries.
        let outcome = try await signIn(
            identifier: identifier, password: password, in: realm, from: source, as: transport, device: device)
        guard case .refused(.deactivated) = outcome else { return outcome }
        guard let found = try await parts.find(LoginName(identifier), in: realm.name) else {
            return .refused(.invalidCredentials)
        }
        guard try await takeUp(found, in: realm, from: source) else { return .refused(.invalidCredentials) }
        parts.live.invalidate(.user(found.user.id, realm.name))
        return try await signIn(
            identifier: identifier, password: password, in: realm, from: source, as: transport, device: device)
    }

    private func takeUp(_ found: FoundUser, in realm: Realm, from source: Source) async throws(StoreFault) -> Bool {
        let user = found.user
        let draft = parts.draft(.reactivateUser, user.person, found.key, confirmedBy: "password", from: source)
        let letter = parts.postman.draft(
            .accountReactivated(at: parts.capabilities.now()), to: Addressee(user, key: found.key), in: realm)
        return try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Bool in
            guard try tx.lock(user.id, realm: realm.name),
                let present = try tx.user(user.id, realm: realm.name), present.mayRecover(at: tx.now),
                try tx.password(of: user.id)?.hash.exposed == found.password?.hash.exposed
            else { return false }
            // Somebody else was faster, perhaps in another tab.
            guard try tx.setDeactivated(false, user: user.id, realm: realm.name) else { return true }
            _ = try tx.cancelEnding(of: user.id, realm: realm.name)
            try tx.deleteAccountTokens(of: user.id, for: .undoDeletion, since: Timestamp(milliseconds: 0))
            try draft.append(to: tx)
            try letter.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return true
        }
    }
}
