/// One event of a text/event-stream (WHATWG HTML §9.2.6), or the parts of one.
///
/// No value can hold a line end: one in `id` or `event` ends the value, and one in `data` begins another data line, which
/// the reader joins again.
public struct ServerSentEvent: Sendable {
    /// What the client sends back as `Last-Event-ID`; without data, only this is remembered and nothing is told.
    public let id: String?
    public let event: String?
    public let data: String?
    /// Milliseconds after which a client that lost the connection tries again.
    public let retry: Int?

    public init(id: String? = nil, event: String? = nil, data: String? = nil, retry: Int? = nil) {
        self.id = id
        self.event = event
        self.data = data
        self.retry = retry
    }

    /// Something that every reader passes over.
    public static let comment: [UInt8] = Array(":\n\n".utf8)
    public static let media = "text/event-stream"

    public var bytes: [UInt8] {
        var output: [UInt8] = []
        if let retry { Self.line("retry", String(retry), &output) }
        if let id { Self.line("id", id, &output) }
        if let event { Self.line("event", event, &output) }
        if let data {
            var rest = Array(data.utf8)[...]
            while let end = rest.firstIndex(where: Self.isLineEnd) {
                Self.line("data", rest[..<end], &output)
                let isPair = rest[end] == 0x0D && rest.index(after: end) < rest.endIndex && rest[end + 1] == 0x0A
                rest = rest[(end + (isPair ? 2 : 1))...]
            }
            Self.line("data", rest, &output)
        }
        output.append(0x0A)
        return output
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    private static func line(_ name: String, _ value: String, _ output: inout [UInt8]) {
        // An id with NUL is ignored by the reader, so it would resume from the wrong place.
        line(name, value.utf8.prefix { !isLineEnd($0) && $0 != 0 }, &output)
    }

    private static func line(_ name: String, _ value: some Sequence<UInt8>, _ output: inout [UInt8]) {
        output.append(contentsOf: name.utf8)
        output.append(contentsOf: ": ".utf8)
        output.append(contentsOf: value)
        output.append(0x0A)
    }
}
