internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `GET /api/auth/session`.
struct SessionEndpoint: Endpoint {
    typealias Refusal = NoRefusal

    static let sentence = "Who the request was proven to come from, by what, and what they hold."
    static let input = Intake.nothing
    /// The names are those that older systems know.
    static let output: Schema<AuthResult> = .written(
        Field("authenticated", .boolean(example: true), { _ in true }, "Always; who is not is answered 401."),
        Field(
            "userId", .text(example: "01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"), \.userId,
            "The person's id; `system` for a program."),
        Field(
            optional: "usuarioId", .integer(1...Int64.max, example: 42), \.usuarioId,
            "The person's number; absent for a program."),
        Field("source", .choice(), \.source, "What proved it; of several credentials the first that holds."),
        Field("realm", .text(example: "default"), \.realm.text, "The population that they belong to."),
        Field(optional: "session", .identifier(), \.session, "The session; absent for a program."),
        Field(
            "roles", .array(.text(characters: 1...64, example: "user"), count: 0...10_000), \.grants.roles,
            "Every role's name, sorted."),
        Field(
            "groups", .array(.text(characters: 1...64, example: "staff"), count: 0...10_000), \.grants.groups,
            "Every group's name, sorted."),
        Field(
            "permissions", .array(.text(characters: 1...129, example: "messages:read"), count: 0...100_000),
            \.grants.permissions, "Every permission as `resource:action`, through roles too, sorted."),
        Field(
            optional: "impersonated_by", ActingReply.schema, inExample: false, { $0.principal?.impersonation },
            ActingReply.sentence)
    ).named("AuthResult")

    func callAsFunction(_ input: Void, _ caller: Authorized) async throws(StoreFault) -> Answer<AuthResult, NoRefusal> {
        .success(caller.result)
    }
}
