internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// One impersonation, present or past, as operators see it.
struct ImpersonationReply: Sendable {
    let entry: ListImpersonations.Entry

    static let schema: Schema<ImpersonationReply> = .written(
        Field("id", .identifier(), \.acting.id, "Names it, and opens nothing."),
        Field("user", .identifier(), \.entry.stored.user, "As whom."),
        Field("username", .text(example: "ana"), \.entry.username, "The same, as it was typed at sign-up."),
        Field("session", .identifier(), \.entry.stored.session, "The person's session that it is."),
        Field("operator_id", .identifier(), \.acting.impersonator, "Who acts."),
        Field("operator", .text(example: "op-rui"), \.acting.name, "The same; empty where the account was deleted."),
        Field(
            "reason", .text(characters: 0...500, example: "Ticket 4711: the order list stays empty"), \.acting.reason,
            "Why, as it was said at the beginning."),
        Field("write", .boolean(example: false), \.acting.mayWrite, "Whether changes may be made."),
        Field("active", .boolean(example: true), \.isActive, "Whether it goes on."),
        Field("started_at", .timestamp, \.acting.startedAt, "When it began."),
        Field("ends_at", .timestamp, \.acting.endsAt, "When it is over at the latest."),
        Field(
            optional: "ended_at", .timestamp, inExample: false, \.entry.stored.endedAt,
            "When it was ended, or found to be over; absent before that."),
        Field(
            optional: "end", .choice(), inExample: false, \.entry.ending, "Why it is over; absent while it goes on.")
    ).named("Impersonation")

    private var acting: Impersonation { entry.stored.acting }
    private var isActive: Bool { entry.ending == nil }
}
