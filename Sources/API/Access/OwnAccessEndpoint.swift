internal import Domain
internal import Flows
internal import Storage

/// `GET /api/auth/permissions`.
struct OwnAccessEndpoint: ImmediateForAll {
    typealias Refusal = NoRefusal

    static let sentence =
        "Everything the caller holds, also what was too much for a token; what is not in it is not held."
    static let input = Intake.nothing
    static let output = GrantsReply.schema.named("Access")

    func answer(_ input: Void, to caller: AuthResult) -> Answer<Grants, NoRefusal>? { .success(caller.grants) }

    func callAsFunction(_ input: Void, _ caller: Authorized) async throws(StoreFault) -> Answer<Grants, NoRefusal> {
        .success(caller.result.grants)
    }
}

/// Everything that somebody holds.
enum GrantsReply {
    static let schema: Schema<Grants> = .written(
        Field(
            "roles", .array(.text(example: "editor"), count: 0...10_000), \.roles,
            "Those that others include and those of groups too; sorted."),
        Field(
            "groups", .array(.text(example: "staff"), count: 0...10_000), \.groups,
            "Those that are held through other groups too; sorted."),
        Field(
            "permissions", .array(.text(example: "messages:read"), count: 0...100_000), \.permissions,
            "As `resource:action`; either part may be `*`. Sorted."),
        Field(
            "scoped", .array(scoped, count: 0...100_000), \.scoped, "What is held of single things only."),
        Field("rank", .integer(Role.ranks, example: 0), \.rank, "The highest of the roles' ranks."),
        Field(
            "stale_at", .nullable(.timestamp), \.staleAt,
            "When something of it ends by itself; null where nothing does."))

    private static let scoped: Schema<Grants.Scoped> = .written(
        Field("permission", .text(example: "messages:read"), \.pair.description, "As `resource:action`."),
        Field("instance", .text(example: "messages/42"), \.instance, "The one thing."))
}
