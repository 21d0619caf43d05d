internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Sends a letter with which a new password can be set, where there is somebody to send it to.
///
/// Whoever has an account without a password gets one too: to read the address's mail is proof enough.
public struct ForgotPassword: Sendable {
    let parts: FlowParts

    /// The same whether there is an account or not.
    public enum Outcome: Sendable { case sent(ticket: String), refused(Refusal) }
    public enum Refusal: Sendable {
        /// Nobody signs in by a password in this realm.
        case methodNotAllowed
        case wait(Duration)
    }

    /// - Parameter identifier: an e-mail address or a username.
    public func callAsFunction(
        identifier: String, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        guard realm.rules.signInMethods.contains(.password) else { return .refused(.methodNotAllowed) }
        let name = LoginName(identifier)
        let throttle = try await parts.throttles.take(.askForMail, identifier: name.key, in: realm, from: source)
        if case .wait(let delay) = throttle { return .refused(.wait(delay)) }
        let found = try await parts.find(name, in: realm.name)
        let proofs = MailProofs(parts: parts)
        guard let found, found.mayRecover else {
            return .sent(ticket: try await pretend(found, name, proofs, in: realm, from: source))
        }
        let made = proofs.makeReset(found, in: realm)
        let letter = parts.postman.draft(
            .resetPassword(made.proof), to: Addressee(found.user, key: found.key), in: realm)
        let draft = parts.draft(
            .requestReset, found.user.person, found.key, confirmedBy: "self_service", from: source)
        try await parts.store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
            try made.append(to: tx)
            try letter.append(to: tx)
            try draft.append(to: tx)
        }
        return .sent(ticket: made.ticket)
    }

    /// As many rows of the same kinds, and a letter that is written and goes nowhere.
    private func pretend(
        _ found: FoundUser?, _ name: LoginName, _ proofs: MailProofs, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> String {
        let made = proofs.makeDecoy(.resetPassword, in: realm)
        let (key, _) = parts.recorder.subjectKeys.make(for: made.token.subject, realm: realm.name)
        _ = parts.postman.draft(
            .resetPassword(made.proof),
            to: Addressee(key: key, email: "nobody@example.com", username: "nobody", language: nil), in: realm)
        let instead = proofs.makeDecoy(.invite, in: realm)
        let draft = parts.recorder.draft(
            .requestReset, realm: realm.name, status: false, confirmedBy: "self_service", source: source,
            details: [("reason", .string(found == nil ? "unknown_identifier" : "not_usable"))]
                + parts.recorder.anonymous(identifier: name.key, realm: realm.name),
            personal: [
                Recorder.PersonalPart(key: realm.nobody.withLock { $0 }, details: Recorder.origin(of: source))
            ])
        try await parts.store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
            try made.append(to: tx)
            try instead.append(to: tx)
            try draft.append(to: tx)
        }
        return made.ticket
    }
}
