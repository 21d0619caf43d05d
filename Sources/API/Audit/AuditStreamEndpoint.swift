internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `GET /api/audit/stream`: the log as Server-Sent Events (WHATWG HTML §9.2).
struct AuditStreamEndpoint: StreamEndpoint {
    let liveEvents: LiveEvents

    typealias Input = (FilterParameters, Start)

    struct Start: Sendable {
        let lastEventID: EventPosition?
    }

    enum Refusal: ClientError {
        case malformedLastEventID
        case tooManyOfUser
        case tooMany

        var problem: Problem {
            switch self {
            case .malformedLastEventID:
                .validation([
                    FieldProblem(
                        field: "Last-Event-ID", code: "wrong_type", message: "must be the id of an event of this stream"
                    )
                ])
            case .tooManyOfUser:
                Problem(
                    status: 429, code: "too_many_streams", message: "You follow too many streams at the same time",
                    retryAfter: .seconds(10))
            case .tooMany: .busy(retryAfter: .seconds(10))
            }
        }
    }

    static let sentence = """
        The realm's audit log as it grows, as Server-Sent Events: `audit` with a line of the log, and at last `end` with a \
        reason.
        """
    static let input: Intake<Input> = .query(
        .both(
            FilterParameters.schema,
            .object(
                Start.init(lastEventID:),
                Field(
                    optional: "last_event_id", .cursor, \.lastEventID,
                    "Where to begin, for clients that cannot send the header; now unless told."))))
    static let requestFields = [
        SchemaDescription.Member(
            name: "Last-Event-ID", isRequired: false, shape: Schema<EventPosition>.cursor.description,
            sentence: "The id of the last event that was received; the stream goes on behind it.")
    ]
    static let element = LogLineReply.schema.description
    static let media = ServerSentEvent.media

    private static let heartbeat = BodyStream.Filler(bytes: ServerSentEvent.comment, period: .seconds(15))
    private static let lastEventID: FieldName = "Last-Event-ID"

    func callAsFunction(
        _ input: Input, _ caller: Member, _ vigil: Vigil
    ) async throws(StoreFault) -> Answer<BodyStream, Refusal> {
        let (filter, start) = input
        var position = start.lastEventID
        // A client that reconnects says both; the header is the newer one.
        if let text = caller.request.headers[Self.lastEventID], !text.isEmpty {
            guard let told = EventPosition(cursor: text) else { return .refused(.malformedLastEventID) }
            position = told
        }
        let opening = try await liveEvents.follow(
            in: caller.realm.name, matching: filter.filter(), after: position, by: caller.principal.user.id,
            vigil: vigil)
        switch opening {
        case .following(let follower):
            return .success(
                BodyStream(filler: Self.heartbeat, feed: AuditFeed(follower)) { await follower.next() })
        case .refused(.tooManyOfUser): return .refused(.tooManyOfUser)
        case .refused(.tooMany): return .refused(.tooMany)
        }
    }
}
