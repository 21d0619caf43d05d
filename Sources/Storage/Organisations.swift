public import Domain

/// A member of an organisation as it is listed.
public struct OrganisationMember: Sendable {
    public let user: ID<User>
    /// As typed.
    public let username: String
    public let email: String
    public let role: Organisation.Role
    public let joinedAt: Timestamp

    public init(user: ID<User>, username: String, email: String, role: Organisation.Role, joinedAt: Timestamp) {
        self.user = user
        self.username = username
        self.email = email
        self.role = role
        self.joinedAt = joinedAt
    }
}

/// An organisation beside what somebody is in it.
public struct OrganisationMembership: Sendable {
    public let organisation: Organisation
    public let role: Organisation.Role
    public let joinedAt: Timestamp

    public init(organisation: Organisation, role: Organisation.Role, joinedAt: Timestamp) {
        self.organisation = organisation
        self.role = role
        self.joinedAt = joinedAt
    }
}

/// What can be asked about organisations inside a realm, and their members.
public protocol OrganisationReader {
    func organisation(_ id: ID<Organisation>, realm: RealmName) throws(StoreFault) -> Organisation?
    func organisation(named name: String, realm: RealmName) throws(StoreFault) -> Organisation?
    /// Sorted by name, after one of them.
    func organisations(realm: RealmName, after name: String, limit: Int) throws(StoreFault) -> [Organisation]
    /// Those that somebody is a member of, sorted by name, after one of them.
    func organisations(
        of user: ID<User>, realm: RealmName, after name: String, limit: Int
    ) throws(StoreFault) -> [OrganisationMembership]
    /// `nil` for everybody who is no member.
    func role(of user: ID<User>, in organisation: ID<Organisation>) throws(StoreFault) -> Organisation.Role?
    /// In the order of their ids, after one of them.
    func members(
        of organisation: ID<Organisation>, after user: ID<User>?, limit: Int
    ) throws(StoreFault) -> [OrganisationMember]
    /// How many usable administrators it has, without one of them.
    func administratorCount(of organisation: ID<Organisation>, besides user: ID<User>) throws(StoreFault) -> Int64

    /// The organisation that a group belongs to, if any.
    func organisation(of group: ID<Group>, realm: RealmName) throws(StoreFault) -> Organisation?
    /// Those that belong to an organisation, sorted by name, after one of them.
    func groups(
        of organisation: ID<Organisation>, after name: String, limit: Int
    ) throws(StoreFault) -> [Group]

    func invitation(_ id: ID<OrganisationInvitation>, realm: RealmName) throws(StoreFault) -> OrganisationInvitation?
    /// By the ticket of its letter.
    func invitation(letter: [UInt8], realm: RealmName) throws(StoreFault) -> OrganisationInvitation?
    /// Those that are not over, in the order of their ids, after one of them.
    func invitations(
        of organisation: ID<Organisation>, after id: ID<OrganisationInvitation>?, limit: Int
    ) throws(StoreFault) -> [OrganisationInvitation]
    /// How many are not over.
    func invitationCount(of organisation: ID<Organisation>) throws(StoreFault) -> Int64
}

/// What can be changed about organisations inside a realm, and their members.
public protocol OrganisationWriter: OrganisationReader {
    /// False when the name is taken.
    func insert(_ organisation: Organisation) throws(StoreFault) -> Bool
    /// Name, title and version, where the version is still the one before; false otherwise.
    ///
    /// - Throws: ``StoreFault/constraint(_:)`` where another organisation has the name.
    func update(_ organisation: Organisation, ifVersion version: Int64) throws(StoreFault) -> Bool
    /// With its members' membership, its invitations and its groups. False when there is no such organisation.
    func delete(organisation: ID<Organisation>, realm: RealmName) throws(StoreFault) -> Bool
    /// Makes somebody a member, or changes what they are in it. False when it was so already.
    func setRole(
        _ role: Organisation.Role, of user: ID<User>, in organisation: ID<Organisation>
    ) throws(StoreFault) -> Bool
    /// Also from the organisation's groups. False when they were no member.
    func removeMember(_ user: ID<User>, from organisation: ID<Organisation>) throws(StoreFault) -> Bool
    /// A group that was just made belongs to an organisation from now on, for good.
    func assign(_ group: ID<Group>, to organisation: ID<Organisation>) throws(StoreFault)
    /// The letter must be there; with it, the invitation goes. Takes the place of others of the same address.
    func insert(_ invitation: OrganisationInvitation) throws(StoreFault)
    /// With its letter, and the key of whoever it was to. False when it is not there.
    func delete(invitation: ID<OrganisationInvitation>, realm: RealmName) throws(StoreFault) -> Bool
}
