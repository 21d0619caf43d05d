public import Domain

/// Whole populations, coming and going.
public protocol BulkUserReader {
    /// Everybody who has one of these ids, in whatever realm, or one of these names or addresses in `realm`.
    func knownUsers(_ keys: [UserKeys], realm: RealmName) throws(StoreFault) -> [KnownUser]
    /// Everything about users whose number is greater, in the order of their numbers.
    func portraits(realm: RealmName, after number: Int64, limit: Int) throws(StoreFault) -> [UserPortrait]
    /// Users whose number is greater, in the order of their numbers, with what is missing of them.
    func outlines(realm: RealmName, after number: Int64, limit: Int) throws(StoreFault) -> [UserOutline]
}

public protocol BulkUserWriter: BulkUserReader {
    /// Those whose id, name and address were all free; the others were left out.
    ///
    /// - Throws: ``StoreFault/unavailable(_:)`` when the wrapping key is not this database's any more.
    func insert(_ users: [BulkUser], realm: RealmName) throws(StoreFault) -> Set<ID<User>>
    /// Gives a user everything of `user`, but a password only where there is none: whoever changed it since must not get
    /// the old one back. Roles and permissions come besides those that are there. False where there is no such user.
    ///
    /// - Throws: ``StoreFault/constraint(_:)`` where somebody else has the name or the address.
    func update(_ user: BulkUser, realm: RealmName) throws(StoreFault) -> Bool
}

/// What a user can be recognised by.
public struct UserKeys: Hashable, Sendable {
    public let id: ID<User>?
    /// ``Domain/Username/key`` of each name that is thought of.
    public let usernames: [String]
    /// ``Domain/EmailAddress/key``.
    public let email: String

    public init(id: ID<User>?, usernames: [String], email: String) {
        self.id = id
        self.usernames = usernames
        self.email = email
    }
}

/// Somebody who has one of the things that were looked for.
public struct KnownUser: Hashable, Sendable {
    public let id: ID<User>
    public let realm: RealmName
    public let username: Username
    public let email: EmailAddress
    /// Of the row that the user was imported from; `nil` for whoever came in another way.
    public let importDigest: [UInt8]?

    public init(id: ID<User>, realm: RealmName, username: Username, email: EmailAddress, importDigest: [UInt8]?) {
        self.id = id
        self.realm = realm
        self.username = username
        self.email = email
        self.importDigest = importDigest
    }

    public static func == (left: Self, right: Self) -> Bool { left.id == right.id }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

/// A user about to be written with everything that another system knew.
public struct BulkUser: Sendable {
    public let id: ID<User>
    public let username: Username
    public let email: EmailAddress
    public let isActive: Bool
    public let emailVerifiedAt: Timestamp?
    public let bannedUntil: Timestamp?
    public let deactivatedAt: Timestamp?
    public let lastSignInAt: Timestamp?
    /// `nil` for now.
    public let createdAt: Timestamp?
    public let language: Language?
    public let appMetadata: String
    public let userMetadata: String
    public let password: StoredPassword?
    public let roles: [ID<Role>]
    public let permissions: [ID<Permission>]
    public let subjectKey: WrappedKey
    public let importDigest: [UInt8]

    public init(
        id: ID<User>, username: Username, email: EmailAddress, isActive: Bool, emailVerifiedAt: Timestamp?,
        bannedUntil: Timestamp?, deactivatedAt: Timestamp?, lastSignInAt: Timestamp?, createdAt: Timestamp?,
        language: Language?, appMetadata: String, userMetadata: String, password: StoredPassword?, roles: [ID<Role>],
        permissions: [ID<Permission>], subjectKey: WrappedKey, importDigest: [UInt8]
    ) {
        self.id = id
        self.username = username
        self.email = email
        self.isActive = isActive
        self.emailVerifiedAt = emailVerifiedAt
        self.bannedUntil = bannedUntil
        self.deactivatedAt = deactivatedAt
        self.lastSignInAt = lastSignInAt
        self.createdAt = createdAt
        self.language = language
        self.appMetadata = appMetadata
        self.userMetadata = userMetadata
        self.password = password
        self.roles = roles
        self.permissions = permissions
        self.subjectKey = subjectKey
        self.importDigest = importDigest
    }
}

/// A user with everything that is known, the password's hash included.
public struct UserPortrait: Sendable {
    public let user: User
    public let password: StoredPassword?
    /// Names, sorted.
    public let roles: [String]
    /// Those given to the user himself, sorted.
    public let permissions: [Permission.Pair]

    public init(user: User, password: StoredPassword?, roles: [String], permissions: [Permission.Pair]) {
        self.user = user
        self.password = password
        self.roles = roles
        self.permissions = permissions
    }
}

/// A user as another store would have to know him.
public struct UserOutline: Sendable {
    public let id: ID<User>
    public let number: Int64
    public let username: Username
    public let email: EmailAddress
    public let isActive: Bool
    public let hasPassword: Bool
    public let hasSignedIn: Bool
    /// Without one, nothing personal about the user can be written into the audit.
    public let hasSubjectKey: Bool

    public init(
        id: ID<User>, number: Int64, username: Username, email: EmailAddress, isActive: Bool, hasPassword: Bool,
        hasSignedIn: Bool, hasSubjectKey: Bool
    ) {
        self.id = id
        self.number = number
        self.username = username
        self.email = email
        self.isActive = isActive
        self.hasPassword = hasPassword
        self.hasSignedIn = hasSignedIn
        self.hasSubjectKey = hasSubjectKey
    }
}
