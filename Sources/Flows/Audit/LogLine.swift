public import Domain
public import Standards
public import Storage

/// One audit event as people and programs read it: the nine fields of `logline.jsonl`.
public struct LogLine: Sendable {
    public let id: ID<Event>
    /// A username, `system`, `unknown`, or `erased:` and an id.
    public let who: String
    public let did: String
    /// The details, a JSON object; its member `event` is the event's id.
    public let this: JSON
    public let when: Timestamp
    public let confirmedBy: String
    public let ifOK: String
    public let ifDoubt: String
    public let ifNot: String
    public let status: Bool

    /// The line without its line feed. Every control character is escaped, so no value can begin a new line.
    public var json: JSON { .object(members) }

    /// The same behind the event's id, as clients get it.
    public var jsonWithID: JSON { .object([JSON.Member("id", .string(id.text))] + members) }

    private var members: [JSON.Member] {
        [
            JSON.Member("who", .string(who)),
            JSON.Member("did", .string(did)),
            JSON.Member("this", this),
            JSON.Member("when", .string(when.iso8601)),
            JSON.Member("confirmed_by", .string(confirmedBy)),
            JSON.Member("if_ok", .string(ifOK)),
            JSON.Member("if_doubt", .string(ifDoubt)),
            JSON.Member("if_not", .string(ifNot)),
            JSON.Member("status", .string(status ? "valid:true" : "valid:false")),
        ]
    }
}

/// A line with its place in the order of commits.
public struct LogEntry: Sendable {
    public let position: EventPosition
    public let line: LogLine
}
