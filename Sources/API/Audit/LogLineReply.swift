internal import Domain
internal import Flows
internal import Standards

/// One line of the log as clients get it: the nine fields, and the event's id.
struct LogLineReply: Sendable {
    let id: ID<Event>
    let who: String
    let did: String
    let this: JSON
    let when: Timestamp
    let confirmedBy: String
    let ifOK: String
    let ifDoubt: String
    let ifNot: String
    let status: StatusWord

    static let schema: Schema<LogLineReply> = .object(
        LogLineReply.init(id:who:did:this:when:confirmedBy:ifOK:ifDoubt:ifNot:status:),
        Field("id", .identifier(), \.id, "Never changes."),
        Field("who", .text(example: "ana"), \.who, "A username, `system`, `unknown`, or `erased:` and an id."),
        Field(
            "did", .text(example: "login"), \.did,
            "What was done; what an application wrote begins with `app:` and its name."),
        Field("this", .anyObject, \.this, "The details."),
        Field("when", .timestamp, \.when, "When it was done."),
        Field("confirmed_by", .text(example: "password"), \.confirmedBy, "What or who validated it."),
        Field("if_ok", .text(example: "access_granted"), \.ifOK, "What follows when it is in order."),
        Field("if_doubt", .text(example: "require_2fa"), \.ifDoubt, "What follows when there is doubt."),
        Field("if_not", .text(example: "block_access"), \.ifNot, "What follows when it is not in order."),
        Field("status", .choice(), \.status, "`valid:true` or `valid:false`.")
    ).named("LogLine")
}

/// How a status is spelt.
enum StatusWord: String, CaseIterable, Sendable {
    case valid = "valid:true"
    case refused = "valid:false"

    init(_ status: Bool) { self = status ? .valid : .refused }
}

extension LogLineReply {
    init(_ line: LogLine) {
        self.init(
            id: line.id, who: line.who, did: line.did, this: line.this, when: line.when,
            confirmedBy: line.confirmedBy, ifOK: line.ifOK, ifDoubt: line.ifDoubt, ifNot: line.ifNot,
            status: StatusWord(line.status))
    }
}
