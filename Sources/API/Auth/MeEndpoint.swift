internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `GET /api/auth/me`.
struct MeEndpoint: ImmediateEndpoint {
    typealias Refusal = NoRefusal

    struct Reply: Sendable {
        let id: ID<User>
        let username: String
        let email: String
        let roles: [String]
        let createdAt: Timestamp
    }

    static let sentence = "Who the caller is."
    static let input = Intake.nothing
    static let output = fields.written(by: write)
    static let fields: Schema<Reply> = .object(
        Reply.init(id:username:email:roles:createdAt:),
        Field("id", .identifier(), \.id, "Never changes."),
        Field("username", .text(example: "ana"), \.username, "As it was typed at sign-up."),
        Field("email", .text(example: "ana@example.com"), \.email, "As it was typed at sign-up."),
        Field(
            "roles", .array(.text(characters: 1...64, example: "user"), count: 0...10_000), \.roles,
            "Every role's name, sorted."),
        Field("created_at", .timestamp, \.createdAt, "When the account was made."))

    /// The same bytes that the fields would write, at a quarter of the price: nothing is asked for as often as this.
    static func write(_ reply: Reply, _ output: inout JSONWriter) {
        output.verbatim(#"{"id":"#)
        output.identifier(reply.id)
        output.verbatim(#","username":"#)
        output.string(reply.username)
        output.verbatim(#","email":"#)
        output.string(reply.email)
        output.verbatim(#","roles":"#)
        output.array { output in for role in reply.roles { output.string(role) } }
        output.verbatim(#","created_at":"#)
        output.timestamp(reply.createdAt)
        output.verbatim("}")
    }

    func answer(_ input: Void, to principal: Principal) -> Answer<Reply, NoRefusal> {
        let user = principal.user
        return .success(
            Reply(
                id: user.id, username: user.username, email: user.email, roles: principal.grants.roles,
                createdAt: user.createdAt))
    }
}
