/// A customer or a team inside a realm, whose own administrators look after its members and groups.
public struct Organisation: Sendable {
    public let id: ID<Organisation>
    public let realm: RealmName
    /// As in ``AccessName``; unique per realm, and what paths say.
    public let name: String
    /// What people read; at most ``mostTitle`` characters, and never empty.
    public let title: String
    /// Counts up with each change of name or title.
    public let version: Int64
    public let createdAt: Timestamp

    /// In characters.
    public static let mostTitle = 128
    /// Groups of one organisation.
    public static let mostGroups = 100
    /// Invitations of one organisation that wait at the same time.
    public static let mostInvitations: Int64 = 500
    /// Groups that one invitation names.
    public static let mostInvitedGroups = 20

    public init(
        id: ID<Organisation>, realm: RealmName, name: String, title: String, version: Int64 = 1, createdAt: Timestamp
    ) {
        self.id = id
        self.realm = realm
        self.name = name
        self.title = title
        self.version = version
        self.createdAt = createdAt
    }

    /// What somebody is in it; the raw values are public contract.
    public enum Role: String, CaseIterable, Hashable, Sendable {
        case member
        /// Looks after members, invitations and the membership of the organisation's groups.
        case admin
    }
}

/// An offer to somebody to become a member, until it is taken up, withdrawn, or over.
public struct OrganisationInvitation: Sendable {
    public let id: ID<OrganisationInvitation>
    public let realm: RealmName
    public let organisation: ID<Organisation>
    public let role: Organisation.Role
    /// Who answers for it when it is taken up.
    public let inviter: Inviter
    /// The ticket of the letter, whose data hold the address and the groups.
    public let letter: [UInt8]
    public let createdAt: Timestamp
    public let expiresAt: Timestamp

    public enum Inviter: Hashable, Sendable {
        /// Whoever may use the server's control socket.
        case machine
        case person(ID<User>)
        case key(ID<APIKey>)
    }

    public init(
        id: ID<OrganisationInvitation>, realm: RealmName, organisation: ID<Organisation>, role: Organisation.Role,
        inviter: Inviter, letter: [UInt8], createdAt: Timestamp, expiresAt: Timestamp
    ) {
        self.id = id
        self.realm = realm
        self.organisation = organisation
        self.role = role
        self.inviter = inviter
        self.letter = letter
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}
