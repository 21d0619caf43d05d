internal import API
internal import Domain
internal import Flows
internal import HTTP
internal import Standards

/// Writes one request as one line of JSON, without making a text of anything on the way.
///
/// Only words of ours, numbers, and two things that a client sent: its request id, which has no character that means
/// something in JSON, and its user agent, escaped. Never a path, a query, a body or a credential.
struct AccessLine: Sendable {
    /// By row of ``RequestMetrics/labels``.
    private let labels: [[UInt8]]
    /// No line is longer, in bytes.
    let longest: Int

    /// What is the same for every line within a second.
    struct Second: Sendable {
        fileprivate var number: Int64 = .min
        fileprivate var text: [UInt8] = []
    }

    init(labels: [RequestMetrics.Label]) {
        let labels = labels.map { label in
            var writer = JSONWriter()
            writer.object { line in
                line.member("method", label.method)
                line.member("route", label.route)
            }
            // Without its braces, to stand within a line.
            return Array(writer.bytes.dropFirst().dropLast())
        }
        self.labels = labels
        longest = 2_048 + (labels.map(\.count).max() ?? 0)
    }

    /// One line, without its line feed; at most ``longest`` bytes with it.
    func write(
        _ request: Request, _ response: Response, realm: RealmName, row: Int, nanoseconds: UInt64, at time: Timestamp,
        to line: inout LineWriter,
        _ second: inout Second
    ) {
        write(time, to: &line, &second)
        line.put(labels[row])
        line.put(",\"realm\":\"")
        // A realm's name has no character that means something in JSON.
        line.put(realm.text)
        line.put("\"")
        line.put(",\"status\":")
        line.put(decimal: response.status)
        line.put(",\"duration_us\":")
        line.put(decimal: Int(clamping: nanoseconds / 1_000))
        line.put(",\"bytes\":")
        line.put(decimal: response.body.count)
        line.put(",\"client\":\"")
        Self.write(request.client, to: &line)
        line.put("\",\"request_id\":\"")
        line.put(request.id)
        line.put("\",\"trace_id\":\"")
        line.put(hex: request.trace.high)
        line.put(hex: request.trace.low)
        line.put("\",\"span_id\":\"")
        line.put(hex: request.trace.span)
        if request.trace.parent != 0 {
            line.put("\",\"parent_id\":\"")
            line.put(hex: request.trace.parent)
        }
        if let principal = Self.principal(of: response) {
            line.put("\",\"user_id\":\"")
            line.put(high: principal.user.id.high, low: principal.user.id.low)
            line.put("\",\"session_id\":\"")
            line.put(high: principal.session.high, low: principal.session.low)
        }
        if let code = response.code {
            line.put("\",\"code\":\"")
            line.put(code)
        }
        line.put("\",\"user_agent\":")
        Self.writeUserAgent(of: request, to: &line)
        line.put("}")
    }

    /// A comparison of types and no more: `as?` asks the runtime at length.
    @inline(__always)
    private static func principal(of response: Response) -> Principal? {
        guard let caller = response.caller, type(of: caller) == Principal.self else { return nil }
        return unsafe unsafeDowncast(caller, to: Principal.self)
    }

    private func write(_ time: Timestamp, to line: inout LineWriter, _ second: inout Second) {
        let number = time.seconds
        if second.number != number {
            second.number = number
            second.text = Array("{\"time\":\"".utf8) + Array(time.iso8601.utf8.prefix(20))
        }
        line.put(second.text)
        let milliseconds = time.milliseconds - number * 1_000
        line.put(UInt8(truncatingIfNeeded: 0x30 + milliseconds / 100))
        line.put(UInt8(truncatingIfNeeded: 0x30 + milliseconds / 10 % 10))
        line.put(UInt8(truncatingIfNeeded: 0x30 + milliseconds % 10))
        line.put("Z\",")
    }

    /// As the description, without making a text of the usual IPv4 address.
    private static func write(_ client: ClientAddress, to line: inout LineWriter) {
        guard case .ip(let address) = client, let v4 = address.v4 else { return line.put(client.description) }
        for shift: UInt32 in [24, 16, 8, 0] {
            line.put(decimal: Int((v4 >> shift) & 0xFF))
            if shift > 0 { line.put(UInt8(ascii: ".")) }
        }
    }

    private static let userAgent: FieldName = "User-Agent"

    /// At most 256 bytes. What holds a control character, a quote, a backslash or anything but ASCII takes the long way
    /// over the form that the audit has.
    private static func writeUserAgent(of request: Request, to line: inout LineWriter) {
        let text = request.headers.bytes(of: userAgent) ?? []
        if text.count <= 256, isPlain(text) {
            line.put(UInt8(ascii: "\""))
            line.put(text)
            line.put(UInt8(ascii: "\""))
        } else {
            var writer = JSONWriter()
            writer.string(Source(request).userAgent)
            line.put(writer.bytes)
        }
    }

    private static func isPlain(_ text: ArraySlice<UInt8>) -> Bool {
        for byte in text {
            if byte < 0x20 || byte > 0x7E || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return false }
        }
        return true
    }
}
