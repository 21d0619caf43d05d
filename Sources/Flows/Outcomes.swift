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
    public let session: ID<Session>
    /// How the two that follow travel.
    public let transport: Transport
    /// The access token, or the access cookie's value.
    public let accessToken: String
    public let accessExpiresAt: Timestamp
    /// The refresh token, which is the refresh cookie's value too.
    public let refreshToken: String
    /// What was left of the access token's life, and of the session's, when they were made.
    public let accessLife: Duration
    public let sessionLife: Duration
    /// What the browser shows from now on as a device that this account signed in with; `nil` to leave it as it is.
    public var deviceMark: String?
}
