public import Domain
internal import Standards
public import Storage

/// Gives the account back the address that it had, and everything about it into the hands of whoever reads that address's
/// mail: sessions, letters and the password go, and a letter comes to set another password with.
public struct UndoEmailChange: Sendable {
    let parts: FlowParts

    /// The ticket of that letter, whose code can be typed at once.
    public enum Outcome: Sendable { case undone(ticket: String), refused(ProofRefusal) }

    public func callAsFunction(
        _ proof: MailProof, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let proofs = MailProofs(parts: parts)
        let shown: MailProofs.Shown
        switch try await proofs.find(proof, for: [.undoEmailChange], in: realm, from: source) {
        case .found(let found): shown = found
        case .refused(let refusal): return .refused(refusal)
        }
        guard let found = try await parts.find(shown.token.subject, in: realm.name),
            let text = proofs.open(shown.token, under: found.key)?["email"]?.string,
            case .success(let address) = EmailAddress.parse(text)
        else { return .refused(.notGood) }
        let user = found.user
        // As they will be: without a password, and with the old address.
        let restored = user.with(address)
        let reset = proofs.make(
            .resetPassword, for: user.id, user: user.id, address: address, binding: proofs.binding(restored), in: realm)
        let letter = parts.postman.draft(
            .resetPassword(reset.proof), to: Addressee(restored, key: found.key), in: realm)
        let draft = parts.draft(.undoEmailChange, user.person, found.key, confirmedBy: shown.confirmedBy, from: source)
        let isDone = try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Bool in
            guard try tx.lock(user.id, realm: realm.name), try tx.consume(shown.token) != nil,
                try tx.setEmail(address, of: user.id, realm: realm.name)
            else { return false }
            // What came after this change was perhaps the thief's; what came before it leads further back.
            try tx.deleteAccountTokens(of: user.id, for: .undoEmailChange, since: shown.token.createdAt)
            try tx.deleteAccountTokens(of: user.id)
            try tx.removePassword(of: user.id)
            if let ending = try tx.plannedEnding(of: user.id, realm: realm.name), ending.isByOwner {
                _ = try tx.cancelEnding(of: user.id, realm: realm.name)
                try tx.deleteAccountTokens(of: user.id, for: .undoDeletion, since: Timestamp(milliseconds: 0))
            }
            _ = try tx.setDeactivated(false, user: user.id, realm: realm.name)
            _ = try tx.endSessions(of: user.id, except: nil, reason: .revoked)
            try reset.append(to: tx)
            try draft.append(to: tx)
            try letter.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return true
        }
        guard isDone else { return .refused(.notGood) }
        parts.live.invalidate(.user(user.id, realm.name))
        try await proofs.giveBack(shown)
        return .undone(ticket: reset.ticket)
    }
}

extension User {
    /// The same person with another address.
    fileprivate func with(_ email: EmailAddress) -> User {
        User(
            id: id, number: number, realm: realm, username: username, email: email, isActive: isActive,
            emailVerifiedAt: emailVerifiedAt, bannedUntil: bannedUntil, deactivatedAt: deactivatedAt,
            lastSignInAt: lastSignInAt, language: language, appMetadata: appMetadata, userMetadata: userMetadata,
            createdAt: createdAt, updatedAt: updatedAt)
    }
}
