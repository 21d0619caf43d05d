public import Domain

/// Which users of a realm a list is about; what is `nil` does not matter.
public struct UserFilter: Hashable, Sendable {
    public let isActive: Bool?
    /// Part of the username or of the e-mail address, folded as ``Domain/Username/key`` is.
    public let text: String?
    public let role: ID<Role>?

    public static let none = UserFilter()

    public init(isActive: Bool? = nil, text: String? = nil, role: ID<Role>? = nil) {
        self.isActive = isActive
        self.text = text
        self.role = role
    }
}

/// A session with the place that its newest tokens went to.
public struct PlacedSession: Sendable {
    public let session: Session
    public let origin: SessionOrigin

    public init(session: Session, origin: SessionOrigin) {
        self.session = session
        self.origin = origin
    }
}
