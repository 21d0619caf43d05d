public import Domain
internal import Standards
public import Storage

/// Lays one's own account down: nobody signs in to it until it is taken up again.
public struct Deactivate: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable {
        case deactivated, refused(ReproofRefusal)
        /// Nobody would be left who administers the realm.
        case lastAdministrator
    }

    public func callAsFunction(
        current: Secret?, of principal: Principal, provenBy proof: AuthResult.Source, in realm: Realm,
        from source: Source
    ) async throws(StoreFault) -> Outcome {
        let believed: Reproof.Believed
        switch try await Reproof(parts: parts)(current, of: principal, in: realm, from: source) {
        case .believed(let one): believed = one
        case .refused(let refusal): return .refused(refusal)
        }
        let (user, key) = (believed.found.user, believed.found.key)
        let draft = parts.draft(.deactivateUser, user.person, key, confirmedBy: believed.confirmedBy, from: source)
        let letter = parts.postman.draft(
            .accountDeactivated(at: parts.capabilities.now()), to: Addressee(user, key: key), in: realm)
        let isDone = try await parts.store.changingAccess(in: realm.name) { (tx) throws(StoreFault) -> Bool in
            guard try tx.lock(user.id, realm: realm.name), try believed.holds(tx),
                try tx.setDeactivated(true, user: user.id, realm: realm.name)
            else { return false }
            try tx.deleteAccountTokens(of: user.id)
            _ = try tx.endSessions(of: user.id, except: nil, reason: .userDisabled)
            try draft.append(to: tx)
            try letter.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return true
        }
        guard let isDone else { return .lastAdministrator }
        parts.live.invalidate(.user(user.id, realm.name))
        return isDone ? .deactivated : .refused(.sessionOver)
    }
}
