public import Domain

/// Which users of a realm a list is about; what is `nil` does not matter.
public struct UserFilter: Hashable, Sendable {
    public let isActive: Bool?
    /// Whether a ban holds now.
    public let isBanned: Bool?
    /// Whether the owner laid the account down.
    public let isDeactivated: Bool?
    /// Whether the address was proven by mail.
    public let isVerified: Bool?
    /// Part of the username or of the e-mail address, folded as ``Domain/Username/key`` is, or how the number begins.
    public let text: String?
    /// How the username begins, folded likewise.
    public let usernamePrefix: String?
    /// How the e-mail address begins, folded likewise.
    public let emailPrefix: String?
    public let role: ID<Role>?
    public let created: TimeSpan
    /// Whoever never signed in is in no span but the endless one.
    public let signedIn: TimeSpan

    public static let none = UserFilter()

    public init(
        isActive: Bool? = nil, isBanned: Bool? = nil, isDeactivated: Bool? = nil, isVerified: Bool? = nil,
        text: String? = nil, usernamePrefix: String? = nil, emailPrefix: String? = nil, role: ID<Role>? = nil,
        created: TimeSpan = .always, signedIn: TimeSpan = .always
    ) {
        self.isActive = isActive
        self.isBanned = isBanned
        self.isDeactivated = isDeactivated
        self.isVerified = isVerified
        self.text = text
        self.usernamePrefix = usernamePrefix
        self.emailPrefix = emailPrefix
        self.role = role
        self.created = created
        self.signedIn = signedIn
    }
}

/// A session with the place that its newest tokens went to.
public struct PlacedSession: Sendable {
    public let session: Session
    public let origin: SessionOrigin
    /// Who acts as the user there; `nil` in the user's own.
    public let impersonation: Impersonation?

    public init(session: Session, origin: SessionOrigin, impersonation: Impersonation? = nil) {
        self.session = session
        self.origin = origin
        self.impersonation = impersonation
    }
}
