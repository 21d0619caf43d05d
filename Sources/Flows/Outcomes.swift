public import Domain

/// One thing wrong with one field of a request; all of them are reported at once.
public struct FieldProblem: Hashable, Sendable {
    /// The field's name on the wire.
    public let field: String
    /// Stable and machine-readable.
    public let code: String
    /// For people, in English.
    public let message: String

    public init(field: String, code: String, message: String) {
        self.field = field
        self.code = code
        self.message = message
    }
}

/// What a client receives at sign-up, sign-in and refresh.
public struct SignedIn: Sendable {
    public let user: Person
    public let grants: Grants
    public let accessToken: String
    public let accessExpiresAt: Timestamp
    public let refreshToken: String

    public init(
        user: Person, grants: Grants, accessToken: String, accessExpiresAt: Timestamp, refreshToken: String
    ) {
        self.user = user
        self.grants = grants
        self.accessToken = accessToken
        self.accessExpiresAt = accessExpiresAt
        self.refreshToken = refreshToken
    }
}
