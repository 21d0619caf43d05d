internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `GET /api/audit/logs`.
struct AuditLogsEndpoint: Endpoint {
    let listEvents: ListEvents

    typealias Input = (FilterParameters, Paging)

    struct Paging: Sendable {
        let from: Timestamp?
        let to: Timestamp?
        let order: Order?
        let limit: Int64?
        let before: EventPosition?
        let after: EventPosition?
    }

    enum Order: String, CaseIterable, Sendable {
        case newestFirst = "desc"
        case oldestFirst = "asc"
    }

    struct Page: Sendable {
        let logs: [LogLineReply]
        let next: EventPosition?
    }

    enum Refusal: ClientError {
        /// A place to go on from that belongs to the other order.
        case wrongDirection(field: String)

        static var allCases: [Self] { [.wrongDirection(field: "after")] }

        var problem: Problem {
            switch self {
            case .wrongDirection(let field):
                .validation([
                    FieldProblem(
                        field: field, code: "wrong_order",
                        message: "is for order=\(field == "after" ? "asc" : "desc"); the other order has its own")
                ])
            }
        }
    }

    static let sentence = "The realm's audit log, filtered by its fields, newest first, a page at a time."
    static let input: Intake<Input> = .query(.both(FilterParameters.schema, paging))
    static let output: Schema<Page> = .object(
        Page.init(logs:next:),
        Field(
            "logs", .array(LogLineReply.schema, count: 0...200), \.logs,
            "In the order asked for; fewer than asked for where finding more would take too long."),
        Field("next", .nullable(.cursor), \.next, "Where the next page begins; null at the end, and only there."))

    private static let paging: Schema<Paging> = .object(
        Paging.init(from:to:order:limit:before:after:),
        Field(optional: "from", .timestamp, \.from, "Not before this time."),
        Field(optional: "to", .timestamp, \.to, "Before this time."),
        Field(optional: "order", .choice(), \.order, "`desc`, newest first, unless told; or `asc`."),
        Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many events; 50 unless told."),
        Field(optional: "before", .cursor, \.before, "The member `next` of the page before."),
        Field(optional: "after", .cursor, \.after, "The same for `order=asc`."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<Page, Refusal> {
        let (filter, paging) = input
        let isNewestFirst = paging.order != .oldestFirst
        if isNewestFirst, paging.after != nil { return .refused(.wrongDirection(field: "after")) }
        if !isNewestFirst, paging.before != nil { return .refused(.wrongDirection(field: "before")) }
        let page = try await listEvents(
            in: caller.realm.name, matching: filter.filter(from: paging.from, to: paging.to),
            isNewestFirst ? .newestFirst : .oldestFirst, from: isNewestFirst ? paging.before : paging.after,
            limit: Int(paging.limit ?? 50))
        return .success(Page(logs: page.lines.map(LogLineReply.init), next: page.next))
    }
}
