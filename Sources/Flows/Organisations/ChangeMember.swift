public import Domain
internal import Standards
public import Storage

/// Makes somebody a member of an organisation, changes what they are in it, or removes them.
///
/// The organisation's own administrators change and remove; whom they want besides, they invite.
public struct ChangeMember: Sendable {
    let parts: FlowParts

    public enum Outcome: Sendable { case done(changed: Bool), refused(OrganisationRefusal) }

    /// - Parameters:
    ///   - role: `nil` to remove.
    ///   - reference: an id, an e-mail address or a username.
    public func callAsFunction(
        _ role: Organisation.Role?, user reference: String, organisation: String, in realm: RealmName,
        as office: OrganisationOffice
    ) async throws(StoreFault) -> Outcome {
        guard let found = try await parts.find(UserReference(text: reference), in: realm) else {
            return .refused(try await refusalForNobody(organisation, office, in: realm))
        }
        return try await change(role, found, organisation, in: realm, office, isLeaving: false)
    }

    /// Somebody goes by themselves.
    public func leave(
        _ organisation: String, in realm: RealmName, by actor: Actor
    ) async throws(StoreFault) -> Outcome {
        guard let person = actor.person, let found = try await parts.find(person.id, in: realm) else {
            return .refused(.noSuchOrganisation)
        }
        return try await change(nil, found, organisation, in: realm, .own(actor), isLeaving: true)
    }

    /// Whether there is such an organisation is said before whether there is such a user.
    private func refusalForNobody(
        _ name: String, _ office: OrganisationOffice, in realm: RealmName
    ) async throws(StoreFault) -> OrganisationRefusal {
        try await parts.store.read { (reader) throws(StoreFault) in
            switch try reader.organisation(named: name, for: office, in: realm) {
            case .found: .noSuchUser
            case .refused(let refusal): refusal
            }
        }
    }

    private func change(
        _ role: Organisation.Role?, _ found: FoundUser, _ name: String, in realm: RealmName,
        _ office: OrganisationOffice, isLeaving: Bool
    ) async throws(StoreFault) -> Outcome {
        let user = found.user.id
        // What they are before is known in the transaction; there are three possibilities.
        var drafts: [Organisation.Role?: EventDraft] = [:]
        for before in [nil, .member, .admin] as [Organisation.Role?] where before != role {
            let difference = RealmDifference(
                name: "role", from: before.map { .string($0.rawValue) }, to: role.map { .string($0.rawValue) })
            drafts[before] = try await parts.draft(
                role == nil ? .removeOrganisationMember : .changeOrganisationMember, found, by: office.actor,
                details: [("organisation", .string(name)), ("changes", .array([difference.json]))])
        }
        let prepared = drafts
        let outcome = try await parts.store.changingAccess(in: realm) { (tx) throws(StoreFault) -> Outcome in
            let organisation: Organisation
            switch try tx.organisation(named: name, for: office, in: realm) {
            case .found(let its): organisation = its
            case .refused(.notItsAdministrator) where isLeaving:
                guard let its = try tx.organisation(named: name, realm: realm) else {
                    return .refused(.noSuchOrganisation)
                }
                organisation = its
            case .refused(let refusal): return .refused(refusal)
            }
            guard try tx.user(user, realm: realm) != nil else { return .refused(.noSuchUser) }
            let before = try tx.role(of: user, in: organisation.id)
            if let refusal = try refusal(role, before, user, organisation, in: realm, office, tx) {
                return .refused(refusal)
            }
            guard before != role, let draft = prepared[before] else { return .done(changed: false) }
            if let role {
                _ = try tx.setRole(role, of: user, in: organisation.id)
            } else {
                _ = try tx.removeMember(user, from: organisation.id)
            }
            try draft.append(to: tx)
            try tx.announce(.user(user, realm))
            return .done(changed: true)
        }
        guard let outcome else { return .refused(.lastAdministrator) }
        if case .done(changed: true) = outcome { parts.live.invalidate(.user(user, realm)) }
        return outcome
    }

    private func refusal(
        _ role: Organisation.Role?, _ before: Organisation.Role?, _ user: ID<User>, _ organisation: Organisation,
        in realm: RealmName, _ office: OrganisationOffice, _ tx: any StoreTransaction
    ) throws(StoreFault) -> OrganisationRefusal? {
        switch office {
        case .own(let actor):
            // Whom they may not see is answered like somebody who is not there.
            guard before != nil else { return .noSuchUser }
            let isOwnEnd = actor.person?.id == user && before == .admin && role != .admin
            if isOwnEnd, try tx.administratorCount(of: organisation.id, besides: user) == 0 {
                return .lastOfOrganisation
            }
        case .realm(let actor):
            if role == nil, before == nil { return .noSuchUser }
            guard try actor.reaches(user, in: realm, tx) else { return .aboveOwnRank }
            if role == .admin, before != .admin {
                return try tx.refusal(
                    ofEntrusting: organisation.id, by: try actor.authority(in: realm, tx, for: .good), in: realm)
            }
        }
        return nil
    }
}
