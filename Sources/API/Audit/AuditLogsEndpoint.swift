internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `GET /api/audit/logs`.
struct AuditLogsEndpoint: Endpoint {
    let listEvents: ListEvents

    struct Input: Sendable {
        let limit: Int64?
        let before: EventPosition?
    }

    struct Page: Sendable {
        let logs: [Line]
        let next: EventPosition?
    }

    /// The nine fields of the log, and the event's id.
    struct Line: Sendable {
        let id: ID<Event>
        let who: String
        let did: String
        let this: JSON
        let when: Timestamp
        let confirmedBy: String
        let ifOK: String
        let ifDoubt: String
        let ifNot: String
        let status: String
    }

    static let sentence = "The realm's audit log, newest first, a page at a time."
    static let input: Intake<Input> = .query(
        .object(
            Input.init(limit:before:),
            Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many events; 50 unless told."),
            Field(optional: "before", .cursor, \.before, "The member `next` of the page before.")))
    static let output: Schema<Page> = .object(
        Page.init(logs:next:),
        Field("logs", .array(line, count: 0...200), \.logs, "Newest first."),
        Field("next", .nullable(.cursor), \.next, "Where the next, older page begins; null at the end."))

    private static let line: Schema<Line> = .object(
        Line.init(id:who:did:this:when:confirmedBy:ifOK:ifDoubt:ifNot:status:),
        Field("id", .identifier(), \.id, "Never changes."),
        Field("who", .text(example: "ana"), \.who, "A username, `system`, `unknown`, or `erased:` and an id."),
        Field("did", .text(example: "login"), \.did, "What was done."),
        Field("this", .anyObject, \.this, "The details."),
        Field("when", .timestamp, \.when, "When it was done."),
        Field("confirmed_by", .text(example: "password"), \.confirmedBy, "What or who validated it."),
        Field("if_ok", .text(example: "access_granted"), \.ifOK, "What follows when it is in order."),
        Field("if_doubt", .text(example: "require_2fa"), \.ifDoubt, "What follows when there is doubt."),
        Field("if_not", .text(example: "block_access"), \.ifNot, "What follows when it is not in order."),
        Field("status", .text(example: "valid:true"), \.status, "`valid:true` or `valid:false`.")
    ).named("LogLine")

    func callAsFunction(_ input: Input, _ caller: Member) async throws(StoreFault) -> Answer<Page, NoRefusal> {
        let page = try await listEvents(in: caller.realm.name, before: input.before, limit: Int(input.limit ?? 50))
        return .success(Page(logs: page.lines.map(Line.init), next: page.next))
    }
}

extension AuditLogsEndpoint.Line {
    init(_ line: LogLine) {
        self.init(
            id: line.id, who: line.who, did: line.did, this: line.this, when: line.when,
            confirmedBy: line.confirmedBy, ifOK: line.ifOK, ifDoubt: line.ifDoubt, ifNot: line.ifNot,
            status: line.status ? "valid:true" : "valid:false")
    }
}
