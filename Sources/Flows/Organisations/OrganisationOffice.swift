internal import Domain
internal import Storage

/// In what capacity somebody looks after an organisation.
public enum OrganisationOffice: Sendable {
    /// By a permission in the realm, or on the server's own machine.
    case realm(Actor)
    /// As one of the organisation's own administrators; whether that is so is asked again in each transaction.
    case own(Actor)

    var actor: Actor {
        switch self {
        case .realm(let actor), .own(let actor): actor
        }
    }

    var isOwn: Bool {
        switch self {
        case .realm: false
        case .own: true
        }
    }
}

/// Why something about an organisation was not done.
public enum OrganisationRefusal: Sendable {
    /// The same for one that exists and that whoever asks is not in.
    case noSuchOrganisation
    /// Only a member.
    case notItsAdministrator
    case noSuchUser
    /// The same for one that is not the organisation's.
    case noSuchGroup
    case noSuchInvitation
    case exists
    case invalid([FieldProblem])
    case changedMeanwhile([FieldProblem])
    /// Nobody would be left who looks after the organisation.
    case lastOfOrganisation
    /// Nobody would be left who administers the realm.
    case lastAdministrator
    case aboveOwnRank
    case notHeld
    /// Too many invitations wait already.
    case tooMany
    case wait(Duration)
}

enum OrganisationFinding: Sendable { case found(Organisation), refused(OrganisationRefusal) }

extension StoreReader {
    /// An organisation, for whoever may look after it.
    func organisation(
        named name: String, for office: OrganisationOffice, in realm: RealmName
    ) throws(StoreFault) -> OrganisationFinding {
        guard let organisation = try organisation(named: name, realm: realm) else {
            return .refused(.noSuchOrganisation)
        }
        switch office {
        case .realm: return .found(organisation)
        case .own(let actor):
            guard let person = actor.person, person.realm == realm,
                let role = try role(of: person.id, in: organisation.id)
            else { return .refused(.noSuchOrganisation) }
            return role == .admin ? .found(organisation) : .refused(.notItsAdministrator)
        }
    }

    /// Whether somebody may become a member of a group: of an organisation's, only its members and its own groups.
    func mayJoin(_ holder: AccessHolder, _ group: ID<Group>, realm: RealmName) throws(StoreFault) -> Bool {
        guard let organisation = try organisation(of: group, realm: realm) else { return true }
        switch holder {
        case .user(let user): return try role(of: user, in: organisation.id) != nil
        case .group(let other): return try self.organisation(of: other, realm: realm)?.id == organisation.id
        case .key, .role: return false
        }
    }

    /// What keeps somebody from putting others into one of an organisation's groups, or from taking them out.
    ///
    /// In the realm's name nobody gives what they do not hold. The organisation's own administrators were entrusted
    /// with
    /// what its groups hold, but for the administration of the realm, which only passes among those who hold it.
    func refusal(
        ofGiving group: ID<Group>, byRealm authority: Authority?, own: Authority, in realm: RealmName
    ) throws(StoreFault) -> OrganisationRefusal? {
        let given = try everythingGiven(by: .group(group), realm: realm)
        if let authority {
            guard authority.reaches(rank: given.rank) else { return .aboveOwnRank }
            return authority.mayGive(given) ? nil : .notHeld
        }
        return !given.isOfAdministration || own.mayGive(given) ? nil : .notHeld
    }

    /// Whether groups lift somebody above their rank and above whoever puts them there, for whom a rank is power because
    /// they hold a part of the realm's administration.
    func raises(
        _ user: ID<User>, by groups: [ID<Group>], beyond authority: Authority, in realm: RealmName
    ) throws(StoreFault) -> Bool {
        let own = try grants(of: user, realm: realm)
        guard own.isOfAdministration else { return false }
        for group in groups {
            let given = try rank(of: .group(group), realm: realm)
            if given > own.rank, !authority.reaches(rank: given) { return true }
        }
        return false
    }

    /// What keeps somebody from making others administrators of an organisation, who then give what its groups hold.
    func refusal(
        ofEntrusting organisation: ID<Organisation>, by authority: Authority, in realm: RealmName
    ) throws(StoreFault) -> OrganisationRefusal? {
        for group in try groups(of: organisation, after: "", limit: Organisation.mostGroups) {
            if let refusal = try refusal(ofGiving: group.id, byRealm: authority, own: authority, in: realm) {
                return refusal
            }
        }
        return nil
    }
}

extension Grants {
    /// Whether something of it opens a part of the realm's administration.
    var isOfAdministration: Bool {
        hasRole(Role.adminName)
            || (permissions + scoped.map(\.pair.description)).contains { AdminRight.isResource($0) }
    }
}
