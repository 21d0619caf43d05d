public import Domain
internal import Standards
public import Storage

/// Gives the account the address that was proven, and tells the one before, which can undo it.
public struct ConfirmEmailChange: Sendable {
    let parts: FlowParts

    /// All sessions end. Whoever brought one of this account's own gets another one for it.
    public enum Outcome: Sendable { case changed(SignedIn?), refused(Refusal) }
    public enum Refusal: Sendable {
        case proof(ProofRefusal)
        /// Somebody took the address meanwhile.
        case taken
    }

    private enum Result: Sendable { case changed(SessionRenewal.Renewed?), spent, taken }

    /// - Parameter principal: who is signed in where the proof is shown, and by what; `nil` for nobody.
    public func callAsFunction(
        _ proof: MailProof, by principal: (Principal, AuthResult.Source)? = nil, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let proofs = MailProofs(parts: parts)
        let shown: MailProofs.Shown
        switch try await proofs.find(proof, for: [.changeEmail], in: realm, from: source) {
        case .found(let found): shown = found
        case .refused(let refusal): return .refused(.proof(refusal))
        }
        guard let found = try await parts.find(shown.token.subject, in: realm.name),
            let text = proofs.open(shown.token, under: found.key)?["email"]?.string,
            case .success(let address) = EmailAddress.parse(text)
        else { return .refused(.proof(.notGood)) }
        let renewal = try await renewal(for: principal?.0, of: found, in: realm, from: source)
        let result = try await change(found, to: address, shown, renewal, in: realm, from: source)
        switch result {
        case .spent: return .refused(.proof(.notGood))
        case .taken: return .refused(.taken)
        case .changed(let renewed):
            parts.live.invalidate(.user(found.user.id, realm.name))
            try await proofs.giveBack(shown)
            guard let renewal, let renewed, let by = principal?.1 else { return .changed(nil) }
            return .changed(try renewal.tokens(renewed, provenBy: by))
        }
    }

    private func renewal(
        for principal: Principal?, of found: FoundUser, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> SessionRenewal? {
        guard let principal, principal.user.id == found.user.id else { return nil }
        let session = try await parts.store.read(in: .realm(realm.name)) { (reader) throws(StoreFault) in
            try reader.session(principal.session, realm: realm.name)
        }
        return session.map { SessionRenewal(of: $0, in: realm, from: source, parts) }
    }

    private func change(
        _ found: FoundUser, to address: EmailAddress, _ shown: MailProofs.Shown, _ renewal: SessionRenewal?,
        in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Result {
        let user = found.user
        let proofs = MailProofs(parts: parts)
        let undo = proofs.make(
            .undoEmailChange, for: user.id, user: user.id, address: user.email,
            data: ["email": .string(user.email.text)], under: found.key, in: realm)
        let letter = parts.postman.draft(
            .emailChanged(newMask: address.masked, undo: undo.proof), to: Addressee(user, key: found.key), in: realm)
        let draft = parts.draft(.changeEmail, user.person, found.key, confirmedBy: shown.confirmedBy, from: source)
        let reserved = parts.recorder.reservation(of: address, realm.name)
        return try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Result in
            guard try tx.lock(user.id, realm: realm.name), try tx.consume(shown.token) != nil,
                try proofs.isBound(shown.token, to: user.id, tx),
                let present = try tx.user(user.id, realm: realm.name), present.isUsable(at: tx.now)
            else { return .spent }
            guard try !tx.isReserved(address: reserved, besides: user.id, realm: realm.name),
                try tx.setEmail(address, of: user.id, realm: realm.name)
            else { return .taken }
            try tx.deleteAccountTokens(of: user.id)
            try undo.append(to: tx)
            let renewed = try renewal?.renewIfLive(endsOthers: true, tx)
            if renewed == nil { _ = try tx.endSessions(of: user.id, except: nil, reason: .revoked) }
            try draft.append(to: tx)
            try letter.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return .changed(renewed)
        }
    }
}

extension EmailAddress {
    /// What is left of it where it must not be told: `a***@e***.com`.
    var masked: String {
        let parts = text.split(separator: "@")
        guard parts.count == 2, let domain = parts.last else { return "***" }
        let labels = domain.split(separator: ".")
        let end = labels.count > 1 ? labels.last.map { ".\($0)" } ?? "" : ""
        return "\(parts[0].prefix(1))***@\(domain.prefix(1))***\(end)"
    }
}
