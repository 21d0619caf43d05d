public import Domain
internal import Standards
public import Storage

/// Sends somebody who is signed in a letter to prove that they read their address's mail.
public struct RequestVerification: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case sent(ticket: String), alreadyVerified, wait(Duration) }

    public func callAsFunction(
        _ principal: Principal, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        guard let found = try await parts.find(principal.user.id, in: realm.name), found.user.emailVerifiedAt == nil
        else { return .alreadyVerified }
        let user = found.user
        let throttle = try await parts.throttles.take(.askForMail, identifier: user.email.key, in: realm, from: source)
        if case .wait(let delay) = throttle { return .wait(delay) }
        let proofs = MailProofs(parts: parts)
        let made = proofs.make(
            .verifyEmail, for: user.id, user: user.id, address: user.email,
            binding: proofs.binding(user), in: realm)
        let letter = parts.postman.draft(
            .verifyEmail(made.proof), to: Addressee(user, key: found.key), in: realm)
        let draft = parts.draft(
            .requestVerification, user.person, found.key, confirmedBy: "session", from: source)
        try await parts.store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
            try made.append(to: tx)
            try letter.append(to: tx)
            try draft.append(to: tx)
        }
        return .sent(ticket: made.ticket)
    }
}
