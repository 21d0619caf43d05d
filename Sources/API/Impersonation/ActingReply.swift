internal import Domain
internal import Flows
internal import Standards

/// Who acts as a person in a session.
enum ActingReply {
    static let schema: Schema<Impersonation> = .written(
        Field("id", .identifier(), \.id, "Names it, and opens nothing."),
        Field("operator", .text(example: "op-rui"), \.name, "The operator's username; empty where it was deleted."),
        Field(
            "reason", .text(characters: 0...500, example: "Ticket 4711: the order list stays empty"), \.reason,
            "Why, as it was said at the beginning."),
        Field("write", .boolean(example: false), \.mayWrite, "Whether changes may be made; otherwise only looking."),
        Field("started_at", .timestamp, \.startedAt, "When it began."),
        Field("ends_at", .timestamp, \.endsAt, "When it is over at the latest.")
    ).named("Impersonator")

    static let sentence = "Who acts as the person, an operator; absent where it is the person."
}
