public import Domain
internal import Standards
public import Storage

/// An organisation's administrator puts a member into one of its groups, or takes them out.
///
/// Members come to hold what the group holds, whether the administrator holds it or not: whoever gave it to the group
/// entrusted the organisation with it. See ``Storage/StoreReader/refusal(ofGiving:byRealm:own:in:)`` for what is left
/// out.
public struct ChangeOwnGroup: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case done(changed: Bool), refused(OrganisationRefusal) }

    public func callAsFunction(
        user: ID<User>, group name: String, isMember: Bool, organisation: String, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        let office = OrganisationOffice.own(actor)
        let found = try await parts.find(user, in: realm)
        var draft: EventDraft?
        if let found {
            draft = try await parts.draft(
                isMember ? .addMember : .removeMember, found, by: actor,
                details: [
                    ("group", .string(name)), ("organisation", .string(organisation)),
                    ("to_user", .string(user.text)),
                ])
        }
        let event = draft
        let outcome = try await parts.store.changingAccess(in: realm) { (tx) throws(StoreFault) -> Outcome in
            let its: Organisation
            switch try tx.organisation(named: organisation, for: office, in: realm) {
            case .found(let organisation): its = organisation
            case .refused(let refusal): return .refused(refusal)
            }
            guard let group = try tx.group(named: name, realm: realm),
                try tx.organisation(of: group.id, realm: realm)?.id == its.id
            else { return .refused(.noSuchGroup) }
            guard let event, try tx.role(of: user, in: its.id) != nil else { return .refused(.noSuchUser) }
            let authority = try actor.authority(in: realm, tx, for: isMember ? .good : .moment)
            if let refusal = try tx.refusal(ofGiving: group.id, byRealm: nil, own: authority, in: realm) {
                return .refused(refusal)
            }
            // Nobody raises themselves above their rank, by whatever way; a second account is one.
            if isMember {
                let rank = try tx.rank(of: .group(group.id), realm: realm)
                let isOwnRise = actor.person?.id == user && !authority.reaches(rank: rank)
                let isRise = try tx.raises(user, by: [group.id], beyond: authority, in: realm)
                if isOwnRise || isRise { return .refused(.aboveOwnRank) }
            }
            let isNew =
                isMember
                ? try tx.give(.group(group.id), to: .user(user), until: nil, realm: realm)
                : try tx.take(.group(group.id), from: .user(user), realm: realm)
            guard isNew else { return .done(changed: false) }
            try event.append(to: tx)
            try tx.announce(.user(user, realm))
            return .done(changed: true)
        }
        guard let outcome else { return .refused(.lastAdministrator) }
        if case .done(changed: true) = outcome { parts.live.invalidate(.user(user, realm)) }
        return outcome
    }
}
