/// A person of one realm. The password is elsewhere on purpose: reading a user can never read it.
public struct User: Sendable {
    public let id: ID<User>
    /// Counts up from 1 within the database; the numeric id that older systems join on.
    public let number: Int64
    public let realm: RealmName
    public let username: Username
    public let email: EmailAddress
    /// False where an administrator disabled the account.
    public let isActive: Bool
    /// When the person proved to read the address's mail; `nil` before, and after the address was changed.
    public let emailVerifiedAt: Timestamp?
    /// Until when the account is banned; `nil` where it is not.
    public let bannedUntil: Timestamp?
    /// When the person laid the account down; `nil` while it is in use.
    public let deactivatedAt: Timestamp?
    /// When the person last signed in; `nil` before the first time.
    public let lastSignInAt: Timestamp?
    /// What the person is written to in; `nil` where nobody knows.
    public let language: Language?
    /// A JSON object that only administrators and the server write.
    public let appMetadata: String
    /// A JSON object that the person may write.
    public let userMetadata: String
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    /// Counts up with each change of what is above, but for the last sign-in.
    public let version: Int64

    public init(
        id: ID<User>, number: Int64, realm: RealmName, username: Username, email: EmailAddress, isActive: Bool,
        emailVerifiedAt: Timestamp? = nil, bannedUntil: Timestamp? = nil, deactivatedAt: Timestamp? = nil,
        lastSignInAt: Timestamp? = nil, language: Language? = nil, appMetadata: String, userMetadata: String,
        createdAt: Timestamp, updatedAt: Timestamp, version: Int64 = 1
    ) {
        self.id = id
        self.number = number
        self.realm = realm
        self.username = username
        self.email = email
        self.isActive = isActive
        self.emailVerifiedAt = emailVerifiedAt
        self.bannedUntil = bannedUntil
        self.deactivatedAt = deactivatedAt
        self.lastSignInAt = lastSignInAt
        self.language = language
        self.appMetadata = appMetadata
        self.userMetadata = userMetadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
    }

    /// Whether the account may be used: neither disabled, nor laid down, nor banned at that time.
    public func isUsable(at now: Timestamp) -> Bool {
        isActive && deactivatedAt == nil && bannedUntil.map { $0 <= now } ?? true
    }
}
