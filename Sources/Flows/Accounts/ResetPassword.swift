internal import Concurrency
public import Domain
internal import Standards
public import Storage

/// Sets a new password for whoever shows what a letter carried: one that was asked for, or an invitation.
///
/// Signs nobody in, enables nobody, and leaves everything else that protects the account as it is.
public struct ResetPassword: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case reset, refused(Refusal) }
    public enum Refusal: Sendable {
        case proof(ProofRefusal)
        /// The proof can be shown again, with a better password.
        case invalid([FieldProblem])
        case busy(retryAfter: Duration)
        case abandoned
    }

    public func callAsFunction(
        _ proof: MailProof, password: Secret, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        // What can be said without knowing whose password it is costs none of the code's tries.
        let general = parts.problems(ofNew: password, for: nil, in: realm)
        guard general.isEmpty else { return .refused(.invalid(general)) }
        let proofs = MailProofs(parts: parts)
        let shown: MailProofs.Shown
        switch try await proofs.find(proof, for: [.resetPassword, .invite], in: realm, from: source) {
        case .found(let found): shown = found
        case .refused(let refusal): return .refused(.proof(refusal))
        }
        guard let found = try await parts.find(shown.token.subject, in: realm.name), found.mayRecover else {
            return .refused(.proof(.notGood))
        }
        let problems = await parts.allProblems(ofNew: password, for: found.user, in: realm)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let hashed: StoredPassword
        do { hashed = try await parts.passwords.hash(password, source: source) } catch {
            switch ReproofRefusal(error) {
            case .busy(let delay): return .refused(.busy(retryAfter: delay))
            default: return .refused(.abandoned)
            }
        }
        guard try await set(hashed, of: found, shown, proofs, in: realm, from: source) else {
            return .refused(.proof(.notGood))
        }
        parts.live.invalidate(.user(found.user.id, realm.name))
        try await proofs.giveBack(shown)
        return .reset
    }

    private func set(
        _ password: StoredPassword, of found: FoundUser, _ shown: MailProofs.Shown, _ proofs: MailProofs,
        in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Bool {
        let user = found.user
        let draft = parts.draft(
            .resetPassword, user.person, found.key, confirmedBy: shown.confirmedBy, from: source,
            details: [("purpose", .string(shown.token.purpose.rawValue))])
        let letter = parts.passwordChanged(found, in: realm)
        return try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Bool in
            guard try tx.lock(user.id, realm: realm.name), try tx.consume(shown.token) != nil,
                try proofs.isBound(shown.token, to: user.id, tx),
                let present = try tx.user(user.id, realm: realm.name), present.mayRecover(at: tx.now)
            else { return false }
            try tx.setPassword(password, of: user.id)
            try tx.setEmailVerified(user.id, realm: realm.name)
            try tx.deleteAccountTokens(of: user.id)
            if realm.rules.accounts.endsSessionsOnReset {
                _ = try tx.endSessions(of: user.id, except: nil, reason: .revoked)
            }
            try draft.append(to: tx)
            try letter.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return true
        }
    }
}
