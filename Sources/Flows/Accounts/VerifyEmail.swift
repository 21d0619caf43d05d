public import Domain
internal import Standards
public import Storage

/// Notes that the person reads their address's mail.
public struct VerifyEmail: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case verified, refused(ProofRefusal) }

    public func callAsFunction(
        _ proof: MailProof, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let proofs = MailProofs(parts: parts)
        let shown: MailProofs.Shown
        switch try await proofs.find(proof, for: [.verifyEmail], in: realm, from: source) {
        case .found(let found): shown = found
        case .refused(let refusal): return .refused(refusal)
        }
        guard let found = try await parts.find(shown.token.subject, in: realm.name) else { return .refused(.notGood) }
        let user = found.user
        let draft = parts.draft(.verifyEmail, user.person, found.key, confirmedBy: shown.confirmedBy, from: source)
        let isDone = try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Bool in
            guard try tx.lock(user.id, realm: realm.name), try tx.consume(shown.token) != nil,
                try proofs.isBound(shown.token, to: user.id, tx)
            else { return false }
            try tx.setEmailVerified(user.id, realm: realm.name)
            try draft.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return true
        }
        guard isDone else { return .refused(.notGood) }
        parts.live.invalidate(.user(user.id, realm.name))
        try await proofs.giveBack(shown)
        return .verified
    }
}
