/// What tokens, answers and events say of a user: the part that is kept in memory for everybody who is signed in.
public struct Person: Sendable {
    public let id: ID<User>
    public let number: Int64
    public let realm: RealmName
    /// As typed.
    public let username: String
    /// As typed.
    public let email: String
    /// Whether the person proved to read its mail.
    public let isEmailVerified: Bool
    public let createdAt: Timestamp

    public init(
        id: ID<User>, number: Int64, realm: RealmName, username: String, email: String, isEmailVerified: Bool = false,
        createdAt: Timestamp
    ) {
        self.id = id
        self.number = number
        self.realm = realm
        self.username = username
        self.email = email
        self.isEmailVerified = isEmailVerified
        self.createdAt = createdAt
    }
}

extension User {
    public var person: Person {
        Person(
            id: id, number: number, realm: realm, username: username.text, email: email.text,
            isEmailVerified: emailVerifiedAt != nil, createdAt: createdAt)
    }
}
