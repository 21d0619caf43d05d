public import Domain
internal import Standards
public import Storage

/// Somebody who is signed in takes an invitation up, which went to the address that they have proven.
public struct AcceptInvitation: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case accepted(Organisation, Organisation.Role), refused(Refusal) }
    public enum Refusal: Sendable {
        /// Also where whoever invited may no longer do so, and where the organisation is gone.
        case proof(ProofRefusal)
        /// It went to somebody else's address, or to one that the person has left.
        case otherAddress
        /// The right address, which is not proven yet.
        case addressNotProven
    }

    private enum Result: Sendable { case accepted(Organisation.Role), refused(Refusal) }

    /// - Parameter token: from the letter's link.
    public func callAsFunction(
        token: String, by actor: Actor, in realm: Realm
    ) async throws(StoreFault) -> Outcome {
        guard let user = actor.person?.id else { return .refused(.proof(.notGood)) }
        let source = actor.source
        let found: ShownInvitation
        switch try await ShownInvitation.find(token: token, in: realm, from: source, parts) {
        case .found(let shown): found = shown
        case .refused(let refusal): return .refused(.proof(refusal))
        }
        guard let person = try await parts.find(user, in: realm.name) else { return .refused(.proof(.notGood)) }
        let draft = parts.draft(
            .acceptInvitation, person.user.person, person.key, confirmedBy: actor.confirmedBy, from: source,
            details: found.details)
        let parts = parts
        let result = try await parts.store.transaction { (tx) throws(StoreFault) -> Result in
            try tx.lockAccess(realm: realm.name)
            guard let present = try tx.user(user, realm: realm.name), present.isUsable(at: tx.now) else {
                return .refused(.proof(.notGood))
            }
            guard found.isTo(present, parts) else { return .refused(.otherAddress) }
            guard present.emailVerifiedAt != nil else { return .refused(.addressNotProven) }
            guard let groups = try found.take(for: user, tx) else { return .refused(.proof(.notGood)) }
            try found.join(user, groups, tx)
            try tx.forgetKey(ofNobody: found.shown.token.subject, realm: realm.name)
            try draft.append(to: tx)
            try tx.announce(.user(user, realm.name))
            return .accepted(try tx.role(of: user, in: found.organisation.id) ?? found.invitation.role)
        }
        switch result {
        case .refused(let refusal): return .refused(refusal)
        case .accepted(let role):
            parts.live.invalidate(.user(user, realm.name))
            try await MailProofs(parts: parts).giveBack(found.shown)
            return .accepted(found.organisation, role)
        }
    }
}
