public import Domain

/// One field of an event by which the log is searched; each has an index.
public enum EventKey: Hashable, Sendable {
    case actor(ID<User>)
    case did(String)
    /// Status 0. The other one is nearly every event, for which an index would be no help.
    case refused
    case confirmedBy(String)
    case ifOK(String)
    case ifDoubt(String)
    case ifNot(String)
    /// Any but `event`, which is nearly every event's.
    case kind(String)
    case application(String)
    case request(String)
    case session(String)
}

public enum EventOrder: Sendable {
    case newestFirst
    case oldestFirst
}

/// Members of an event's details that rows are searched by.
///
/// They stand in columns of their own, outside what the event's proof covers: an index, like those of the other
/// columns. What a reader is shown comes from the details.
public struct EventLabels: Hashable, Sendable {
    public let kind: String
    /// The application that wrote the event; empty for this server's own.
    public let application: String
    /// Of the HTTP request; empty where there was none.
    public let request: String
    /// Empty where the event speaks of no session.
    public let session: String

    public static let ordinaryKind = "event"

    public init(kind: String = ordinaryKind, application: String = "", request: String = "", session: String = "") {
        self.kind = kind
        self.application = application
        self.request = request
        self.session = session
    }
}

/// What was answered to a request with an idempotency key.
public struct RememberedAnswer: Hashable, Sendable {
    /// Tells whether the same is asked again.
    public let fingerprint: [UInt8]
    public let answer: [UInt8]

    public init(fingerprint: [UInt8], answer: [UInt8]) {
        self.fingerprint = fingerprint
        self.answer = answer
    }
}
