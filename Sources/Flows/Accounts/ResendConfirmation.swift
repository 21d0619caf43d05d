public import Domain
internal import Standards
public import Storage

/// Sends the letter of a sign-up once more, with another link and code.
public struct ResendConfirmation: Sendable {
    let parts: FlowParts

    /// The same for a ticket that nothing waits for. The ticket stays.
    public enum Outcome: Sendable { case sent, wait(Duration) }

    public func callAsFunction(
        ticket text: String, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let waiting = try await find(text, in: realm)
        // By the address: each sign-up has another ticket, and the letters of all of them come to one mailbox.
        let throttle = try await parts.throttles.take(
            .askForMail, identifier: waiting?.pending.email.key ?? text, in: realm, from: source)
        if case .wait(let delay) = throttle { return .wait(delay) }
        guard let waiting else { return .sent }
        let (token, key, data, pending) = (waiting.token, waiting.key, waiting.data, waiting.pending)
        let proofs = MailProofs(parts: parts)
        let present = try await parts.find(LoginName(pending.email.text), in: realm.name)
        let made = proofs.make(
            .confirmSignUp, for: token.subject, user: nil, address: pending.email, data: data, under: key,
            ticket: token.id, in: realm)
        let letter = pending.letter(made, key, present, in: realm, parts)
        try await parts.store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
            // Confirmed meanwhile, it must not come back.
            guard try tx.consume(token) != nil else { return }
            try made.append(to: tx)
            try letter.append(to: tx)
        }
        return .sent
    }

    private struct Waiting: Sendable {
        let token: AccountToken
        let key: SubjectKey
        let data: JSON
        let pending: PendingSignUp
    }

    private func find(_ text: String, in realm: Realm) async throws(StoreFault) -> Waiting? {
        guard let ticket = MailProofs.ticket(text) else { return nil }
        let found = try await parts.store.read(in: .realm(realm.name)) {
            (reader) throws(StoreFault) -> (AccountToken, [UInt8]?)? in
            guard let token = try reader.accountToken(id: ticket, realm: realm.name), token.purpose == .confirmSignUp
            else { return nil }
            return (token, try reader.subjectKey(of: token.subject, realm: realm.name))
        }
        guard let (token, wrapped) = found,
            let key = parts.recorder.subjectKeys.open(wrapped, for: token.subject, realm: realm.name),
            let data = MailProofs(parts: parts).open(token, under: key), let pending = PendingSignUp(data)
        else { return nil }
        return Waiting(token: token, key: key, data: data, pending: pending)
    }
}
