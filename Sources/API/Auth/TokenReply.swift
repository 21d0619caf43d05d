internal import Domain
internal import Flows

/// What register, login and refresh answer: who it is, and the two tokens where they do not travel as cookies.
struct TokenReply: Sendable {
    let message: String
    let user: UserSummary
    let token: String?
    let expiresAt: Timestamp
    let refreshToken: String?

    static let schema: Schema<TokenReply> = .object(
        TokenReply.init(message:user:token:expiresAt:refreshToken:),
        Field("message", .text(example: "Login successful"), \.message, "What happened, for people."),
        Field("user", UserSummary.schema, \.user, "Who signed in."),
        Field(
            optional: "token", .text(example: "eyJhbGciOiJFUzI1NiIs…"), \.token,
            "The access token, for `Authorization`; absent where a cookie is set instead."),
        Field(
            "expires_at", .timestamp, \.expiresAt, "When the access token, or the access cookie, stops being accepted."),
        Field(
            optional: "refresh_token", .text(example: "AQAAAZNvPoorfE2e…"), \.refreshToken,
            "Buys the next pair of tokens, once; keep it as safe as a password. Absent where a cookie is set instead.")
    ).named("Tokens")
}

extension TokenReply {
    init(_ message: String, _ signedIn: SignedIn) {
        let isInBody =
            switch signedIn.transport {
            case .token: true
            case .cookie: false
            }
        self.init(
            message: message, user: UserSummary(signedIn.user), token: isInBody ? signedIn.accessToken : nil,
            expiresAt: signedIn.accessExpiresAt, refreshToken: isInBody ? signedIn.refreshToken : nil)
    }
}

/// A user as tokens come with one.
struct UserSummary: Sendable {
    let id: ID<User>
    let username: String
    let email: String

    static let schema: Schema<UserSummary> = .object(
        UserSummary.init(id:username:email:),
        Field("id", .identifier(), \.id, "Never changes."),
        Field("username", .text(example: "ana"), \.username, "As it was typed at sign-up."),
        Field("email", .text(example: "ana@example.com"), \.email, "As it was typed at sign-up.")
    ).named("UserSummary")
}

extension UserSummary {
    init(_ user: Person) { self.init(id: user.id, username: user.username, email: user.email) }
}
