public import Domain
internal import Standards
public import Storage

/// Takes an account up again whose owner had asked for it to be deleted. Signs nobody in.
public struct UndoDeletion: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case undone, refused(ProofRefusal) }

    public func callAsFunction(
        _ proof: MailProof, in realm: Realm, from source: Source
    ) async throws(StoreFault) -> Outcome {
        let proofs = MailProofs(parts: parts)
        let shown: MailProofs.Shown
        switch try await proofs.find(proof, for: [.undoDeletion], in: realm, from: source) {
        case .found(let found): shown = found
        case .refused(let refusal): return .refused(refusal)
        }
        guard let found = try await parts.find(shown.token.subject, in: realm.name) else { return .refused(.notGood) }
        let user = found.user
        let draft = parts.draft(.undoDeletion, user.person, found.key, confirmedBy: shown.confirmedBy, from: source)
        let letter = parts.postman.draft(
            .accountReactivated(at: parts.capabilities.now()), to: Addressee(user, key: found.key), in: realm)
        let isDone = try await parts.store.transaction(in: .realm(realm.name)) { (tx) throws(StoreFault) -> Bool in
            guard try tx.lock(user.id, realm: realm.name), try tx.consume(shown.token) != nil,
                let ending = try tx.plannedEnding(of: user.id, realm: realm.name), ending.isByOwner
            else { return false }
            _ = try tx.cancelEnding(of: user.id, realm: realm.name)
            _ = try tx.setDeactivated(false, user: user.id, realm: realm.name)
            try draft.append(to: tx)
            try letter.append(to: tx)
            try tx.announce(.user(user.id, realm.name))
            return true
        }
        guard isDone else { return .refused(.notGood) }
        parts.live.invalidate(.user(user.id, realm.name))
        try await proofs.giveBack(shown)
        return .undone
    }
}
