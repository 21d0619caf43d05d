public import Domain
public import Standards

/// One audit event as people and programs read it: S0's nine fields.
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
    public var json: JSON {
        .object([
            JSON.Member(name: "who", value: .string(who)),
            JSON.Member(name: "did", value: .string(did)),
            JSON.Member(name: "this", value: this),
            JSON.Member(name: "when", value: .string(when.iso8601)),
            JSON.Member(name: "confirmed_by", value: .string(confirmedBy)),
            JSON.Member(name: "if_ok", value: .string(ifOK)),
            JSON.Member(name: "if_doubt", value: .string(ifDoubt)),
            JSON.Member(name: "if_not", value: .string(ifNot)),
            JSON.Member(name: "status", value: .string(status ? "valid:true" : "valid:false")),
        ])
    }
}
