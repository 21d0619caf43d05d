internal import Domain
internal import Flows
internal import Storage

/// `GET /api/auth/me`.
struct MeEndpoint: Endpoint {
    struct Reply: Sendable {
        let id: ID<User>
        let username: String
        let email: String
        let roles: [String]
        let createdAt: Timestamp
    }

    static let sentence = "Who the caller is."
    static let input = Intake.nothing
    static let output: Schema<Reply> = .object(
        Reply.init(id:username:email:roles:createdAt:),
        Field("id", .identifier(), \.id, "Never changes."),
        Field("username", .text(example: "ana"), \.username, "As it was typed at sign-up."),
        Field("email", .text(example: "ana@example.com"), \.email, "As it was typed at sign-up."),
        Field(
            "roles", .array(.text(characters: 1...64, example: "user"), count: 0...10_000), \.roles,
            "Every role's name, sorted."),
        Field("created_at", .timestamp, \.createdAt, "When the account was made."))

    func callAsFunction(_ input: Void, _ caller: Member) async throws(StoreFault) -> Answer<Reply, NoRefusal> {
        let user = caller.principal.user
        return .success(
            Reply(
                id: user.id, username: user.username.text, email: user.email.text,
                roles: caller.principal.grants.roles, createdAt: user.createdAt))
    }
}
