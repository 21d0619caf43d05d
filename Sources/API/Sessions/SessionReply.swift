internal import Domain
internal import Flows
internal import Storage

/// One place where somebody is signed in.
struct SessionReply: Sendable {
    let placed: PlacedSession
    let isCurrent: Bool

    static let schema: Schema<SessionReply> = .written(
        Field("id", .identifier(), \.session.id, "Names it, and opens nothing."),
        Field("current", .boolean(example: true), \.isCurrent, "Whether this request came with it."),
        Field(
            "client", .text(example: "native"), \.session.client,
            "`native` for a sign-in; `app/` and a name for an application's session that hangs on one."),
        Field(
            optional: "application", .text(example: "wiki"), \.application,
            "The application's name, where it is an application's session."),
        Field(
            optional: "parent", .identifier(), \.session.parent,
            "The session that an application's hangs on: it ends when that one does."),
        Field(
            "device", .text(example: "Mozilla/5.0 (X11; Linux x86_64) Firefox/133.0"), \.placed.origin.userAgent,
            "The user agent that the newest credentials went to; empty where it did not say."),
        Field(
            "ip", .text(example: "192.0.2.7"), \.placed.origin.address,
            "The address that the newest credentials went to."),
        Field("created_at", .timestamp, \.session.createdAt, "When it was first seen: the sign-in."),
        Field(
            "last_activity_at", .timestamp, \.session.lastActivityAt,
            "When it was last seen; a little later where that is not written yet."),
        Field("absolute_end", .timestamp, \.session.absoluteEnd, "When it ends at the latest."),
        Field(
            optional: "impersonated_by", ActingReply.schema, inExample: false, \.placed.impersonation,
            ActingReply.sentence)
    ).named("Session")

    private var session: Session { placed.session }

    private var application: String? {
        let prefix = "app/"
        return session.client.hasPrefix(prefix) ? String(session.client.dropFirst(prefix.count)) : nil
    }
}

/// A page of them.
struct SessionPage: Sendable {
    let sessions: [SessionReply]
    let next: ID<Session>?

    static let schema: Schema<SessionPage> = .written(
        Field("sessions", .array(SessionReply.schema, count: 0...200), \.sessions, "Oldest first."),
        Field("next", .nullable(.identifier()), \.next, "Where the next page begins; null at the end."))

    init(_ sessions: [PlacedSession], next: ID<Session>?, asked current: ID<Session>?) {
        self.sessions = sessions.map { SessionReply(placed: $0, isCurrent: $0.session.id == current) }
        self.next = next
    }
}

/// Which page.
struct SessionPaging: Sendable {
    let limit: Int64?
    let after: ID<Session>?

    static let schema: Schema<SessionPaging> = .object(
        SessionPaging.init(limit:after:),
        Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many sessions; 50 unless told."),
        Field(optional: "after", .identifier(), \.after, "The member `next` of the page before."))

    var count: Int { Int(limit ?? 50) }
}

/// What became of some.
struct EndedReply: Sendable {
    let message: String
    let ended: Int64

    static let schema: Schema<EndedReply> = .object(
        EndedReply.init(message:ended:),
        Field("message", .text(example: "Sessions ended"), \.message, "What happened, for people."),
        Field(
            "ended", .integer(0...Int64.max, example: 2), \.ended,
            "How many sessions it ended, with those of applications that hung on them.")
    ).named("EndedSessions")
}

/// The id in a path, of whatever it is.
struct PathID<Entity>: Sendable {
    let id: ID<Entity>

    static func schema(_ sentence: String) -> Schema<PathID> {
        .object(PathID.init(id:), Field("id", .identifier(), \.id, sentence))
    }
}

/// What the path names does not exist, or is none of the caller's business.
enum NotThere: ClientError {
    case notThere

    var problem: Problem {
        switch self {
        case .notThere: .notFound
        }
    }
}
