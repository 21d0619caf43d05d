/// A person of one realm. The password is elsewhere on purpose: reading a user can never read it.
public struct User: Sendable {
    public let id: ID<User>
    /// Counts up from 1 within the database; the numeric id that older systems join on.
    public let number: Int64
    public let realm: RealmName
    public let username: Username
    public let email: EmailAddress
    public let isActive: Bool
    /// A JSON object that only administrators and the server write.
    public let appMetadata: String
    /// A JSON object that the person may write.
    public let userMetadata: String
    public let createdAt: Timestamp
    public let updatedAt: Timestamp

    public init(
        id: ID<User>, number: Int64, realm: RealmName, username: Username, email: EmailAddress, isActive: Bool,
        appMetadata: String, userMetadata: String, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.number = number
        self.realm = realm
        self.username = username
        self.email = email
        self.isActive = isActive
        self.appMetadata = appMetadata
        self.userMetadata = userMetadata
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
