internal import Crypto
internal import Domain
internal import Standards
internal import Storage

/// An invitation whose letter somebody has shown, and that is not taken up yet.
struct ShownInvitation: Sendable {
    let shown: MailProofs.Shown
    let invitation: OrganisationInvitation
    let organisation: Organisation
    let offer: InvitationOffer
    let key: SubjectKey
    /// Those of the offer that there still are, for the event.
    let groupNames: [String]

    enum Finding: Sendable { case found(ShownInvitation), refused(ProofRefusal) }

    static func find(
        token: String, in realm: Realm, from source: Source, _ parts: FlowParts
    ) async throws(StoreFault) -> Finding {
        let proofs = MailProofs(parts: parts)
        let shown: MailProofs.Shown
        switch try await proofs.find(.link(token: token), for: [.joinOrganisation], in: realm, from: source) {
        case .found(let found): shown = found
        case .refused(let refusal): return .refused(refusal)
        }
        let token = shown.token
        let found = try await parts.store.read {
            (reader) throws(StoreFault) -> (OrganisationInvitation, Organisation, [UInt8]?, [Group])? in
            guard let invitation = try reader.invitation(letter: token.id, realm: realm.name),
                let organisation = try reader.organisation(invitation.organisation, realm: realm.name)
            else { return nil }
            return (
                invitation, organisation, try reader.subjectKey(of: token.subject, realm: realm.name),
                try reader.groups(of: organisation.id, after: "", limit: Organisation.mostGroups)
            )
        }
        guard let (invitation, organisation, wrapped, groups) = found,
            let key = parts.recorder.subjectKeys.open(wrapped, for: token.subject, realm: realm.name),
            let offer = proofs.open(token, under: key).flatMap({ InvitationOffer($0) })
        else { return .refused(.notGood) }
        let names = groups.filter { offer.groups.contains($0.id) }.map(\.name)
        return .found(
            ShownInvitation(
                shown: shown, invitation: invitation, organisation: organisation, offer: offer, key: key,
                groupNames: names))
    }

    /// What its event says.
    var details: [(String, JSON)] {
        [
            ("organisation", .string(organisation.name)), ("role", .string(invitation.role.rawValue)),
            ("groups", .array(groupNames.map { .string($0) })), ("invitation", .string(invitation.id.text)),
        ]
    }

    /// Whether the letter went to that address.
    func isTo(_ user: User, _ parts: FlowParts) -> Bool {
        constantTimeEqual(parts.recorder.reservation(of: user.email, user.realm), shown.token.address)
    }

    /// Spends the letter, of two at once for one only, and asks once more whether the invitation may still be taken
    /// up. The
    /// caller has the realm's access locked. `nil` where it may not; one whose inviter may no longer invite is gone
    /// then.
    ///
    /// - Parameter user: who takes it up; `nil` for somebody without an account.
    func take(for user: ID<User>?, _ tx: any StoreTransaction) throws(StoreFault) -> [ID<Group>]? {
        let realm = invitation.realm
        guard let present = try tx.invitation(invitation.id, realm: realm) else { return nil }
        var groups: [ID<Group>] = []
        for group in offer.groups
        where try tx.organisation(of: group, realm: realm)?.id == present.organisation { groups.append(group) }
        let isGood = try tx.isStillGood(present, groups, for: user)
        guard try tx.consume(shown.token) != nil else { return nil }
        if isGood { return groups }
        try tx.forgetKey(ofNobody: shown.token.subject, realm: realm)
        return nil
    }

    /// Makes a user what the invitation says; nobody becomes less than they are.
    func join(_ user: ID<User>, _ groups: [ID<Group>], _ tx: any StoreTransaction) throws(StoreFault) {
        let before = try tx.role(of: user, in: organisation.id)
        if before != .admin, before != invitation.role {
            _ = try tx.setRole(invitation.role, of: user, in: organisation.id)
        }
        for group in groups { _ = try tx.give(.group(group), to: .user(user), until: nil, realm: invitation.realm) }
    }
}
