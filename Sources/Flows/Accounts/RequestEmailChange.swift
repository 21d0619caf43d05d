public import Domain
internal import Standards
public import Storage

/// Sends a letter to the address that somebody who is signed in wants to have.
public struct RequestEmailChange: Sendable {
    let parts: FlowParts

    /// The same where the address belongs to somebody else, who is then told that it was tried.
    public enum Outcome: Sendable { case sent(ticket: String), refused(Refusal) }
    public enum Refusal: Sendable {
        case reproof(ReproofRefusal)
        case invalid([FieldProblem])
        case wait(Duration)
    }

    public func callAsFunction(
        to email: String, current: Secret?, of principal: Principal, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let address: EmailAddress
        switch EmailAddress.parse(email) {
        case .success(let parsed): address = parsed
        case .failure(let problem): return .refused(.invalid([problem.field("email")]))
        }
        let believed: Reproof.Believed
        switch try await Reproof(parts: parts)(current, of: principal, in: realm, from: source) {
        case .believed(let one): believed = one
        case .refused(let refusal): return .refused(.reproof(refusal))
        }
        let found = believed.found
        if found.user.email.key.utf8.elementsEqual(address.key.utf8) {
            let problem = FieldProblem(field: "email", code: "unchanged", message: "is the account's address already")
            return .refused(.invalid([problem]))
        }
        let throttle = try await parts.throttles.take(.askForMail, identifier: address.key, in: realm, from: source)
        if case .wait(let delay) = throttle { return .refused(.wait(delay)) }
        let other = try await parts.find(LoginName(address.text), in: realm.name)
        let proofs = MailProofs(parts: parts)
        let user = found.user
        let made = proofs.make(
            .changeEmail, for: user.id, user: user.id, address: address, binding: proofs.binding(user),
            data: ["email": .string(address.text)], under: found.key, in: realm)
        let letter = letter(made, to: address, found, other, in: realm)
        let draft = parts.draft(
            .requestEmailChange, user.person, found.key, confirmedBy: believed.confirmedBy, from: source)
        let isSent = try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Bool in
            // A letter that was asked for before the password was changed must not come to be after that.
            guard try tx.lock(user.id, realm: realm.name), try believed.holds(tx) else { return false }
            try made.append(to: tx)
            try letter.append(to: tx)
            try draft.append(to: tx)
            return true
        }
        return isSent ? .sent(ticket: made.ticket) : .refused(.reproof(.sessionOver))
    }

    private func letter(
        _ made: MailProofs.Made, to address: EmailAddress, _ found: FoundUser, _ other: FoundUser?, in realm: Realm
    ) -> MailDraft {
        if let other {
            return parts.postman.draft(
                .alreadyRegistered(signIn: realm.link(to: .signIn), forgot: realm.link(to: .forgotPassword)),
                to: Addressee(other.user, key: other.key), in: realm)
        }
        return parts.postman.draft(
            .confirmEmailChange(made.proof),
            to: Addressee(
                key: found.key, email: address.text, username: found.user.username.text, language: found.user.language),
            in: realm)
    }
}
