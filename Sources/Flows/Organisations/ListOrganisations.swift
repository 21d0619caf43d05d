public import Domain
public import Storage

/// Organisations, their members and groups, for whoever may see them.
public struct ListOrganisations: Sendable {
    let store: any Store

    public enum Outcome<Found: Sendable>: Sendable { case found(Found), refused(OrganisationRefusal) }

    public struct Members: Sendable {
        public let members: [OrganisationMember]
        public let next: ID<User>?
    }

    /// Every organisation of a realm, sorted by name, and whether there are more.
    public func callAsFunction(
        in realm: RealmName, after name: String, limit: Int
    ) async throws(StoreFault) -> (organisations: [Organisation], hasMore: Bool) {
        let found = try await store.read { (reader) throws(StoreFault) in
            try reader.organisations(realm: realm, after: name, limit: limit + 1)
        }
        return (Array(found.prefix(limit)), found.count > limit)
    }

    /// Those that somebody is in.
    public func of(
        _ user: ID<User>, in realm: RealmName, after name: String, limit: Int
    ) async throws(StoreFault) -> (memberships: [OrganisationMembership], hasMore: Bool) {
        let found = try await store.read { (reader) throws(StoreFault) in
            try reader.organisations(of: user, realm: realm, after: name, limit: limit + 1)
        }
        return (Array(found.prefix(limit)), found.count > limit)
    }

    /// `nil` where there is none of that name.
    public func show(_ name: String, in realm: RealmName) async throws(StoreFault) -> Organisation? {
        try await store.read { (reader) throws(StoreFault) in try reader.organisation(named: name, realm: realm) }
    }

    /// The same for one of its members, beside what they are in it; `nil` for everybody else.
    public func show(
        _ name: String, to user: ID<User>, in realm: RealmName
    ) async throws(StoreFault) -> (organisation: Organisation, role: Organisation.Role)? {
        try await store.read { (reader) throws(StoreFault) in
            guard let organisation = try reader.organisation(named: name, realm: realm),
                let role = try reader.role(of: user, in: organisation.id)
            else { return nil }
            return (organisation, role)
        }
    }

    public func members(
        of name: String, as office: OrganisationOffice, in realm: RealmName, after user: ID<User>?, limit: Int
    ) async throws(StoreFault) -> Outcome<Members> {
        try await store.read { (reader) throws(StoreFault) in
            switch try reader.organisation(named: name, for: office, in: realm) {
            case .refused(let refusal): return .refused(refusal)
            case .found(let organisation):
                let found = try reader.members(of: organisation.id, after: user, limit: limit + 1)
                let page = Array(found.prefix(limit))
                return .found(Members(members: page, next: found.count > limit ? page.last?.user : nil))
            }
        }
    }

    /// All of them: they are few.
    public func groups(
        of name: String, as office: OrganisationOffice, in realm: RealmName
    ) async throws(StoreFault) -> Outcome<[Group]> {
        try await store.read { (reader) throws(StoreFault) in
            switch try reader.organisation(named: name, for: office, in: realm) {
            case .refused(let refusal): .refused(refusal)
            case .found(let organisation):
                .found(try reader.groups(of: organisation.id, after: "", limit: Organisation.mostGroups))
            }
        }
    }

    /// The members of one of an organisation's groups; other groups in it are named too.
    public func members(
        ofGroup group: String, of name: String, as office: OrganisationOffice, in realm: RealmName,
        after place: MemberPlace?, limit: Int
    ) async throws(StoreFault) -> Outcome<ListGroups.Members> {
        let found = try await store.read { (reader) throws(StoreFault) -> OrganisationRefusal? in
            switch try reader.organisation(named: name, for: office, in: realm) {
            case .refused(let refusal): return refusal
            case .found(let organisation):
                guard let group = try reader.group(named: group, realm: realm),
                    try reader.organisation(of: group.id, realm: realm)?.id == organisation.id
                else { return .noSuchGroup }
                return nil
            }
        }
        if let found { return .refused(found) }
        let page = try await ListGroups(store: store).members(of: group, in: realm, after: place, limit: limit)
        return page.map { .found($0) } ?? .refused(.noSuchGroup)
    }
}
