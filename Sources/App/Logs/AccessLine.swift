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
    private let now: @Sendable () -> Timestamp

    /// What is the same for every line within a second.
    struct Second: Sendable {
        fileprivate var number: Int64 = .min
        fileprivate var text: [UInt8] = []
    }

    init(labels: [RequestMetrics.Label], realm: RealmName, now: @escaping @Sendable () -> Timestamp) {
        self.now = now
        self.labels = labels.map { label in
            var writer = JSONWriter()
            writer.object { line in
                line.member("method", label.method)
                line.member("route", label.route)
                line.member("realm", realm.text)
            }
            // Without its braces, to stand within a line.
            return Array(writer.bytes.dropFirst().dropLast())
        }
    }

    func write(
        _ request: Request, _ response: Response, row: Int, nanoseconds: UInt64, to line: inout [UInt8],
        _ second: inout Second
    ) {
        write(now(), to: &line, &second)
        line.append(contentsOf: labels[row])
        Self.put(",\"status\":", response.status, to: &line)
        Self.put(",\"duration_us\":", Int(clamping: nanoseconds / 1_000), to: &line)
        Self.put(",\"bytes\":", response.body.count, to: &line)
        Self.put(",\"client\":\"", to: &line)
        request.client.write(to: &line)
        Self.put("\",\"request_id\":\"", to: &line)
        line.append(contentsOf: request.id.utf8)
        Self.put("\",\"trace_id\":\"", to: &line)
        Self.put(hex: request.trace.high, to: &line)
        Self.put(hex: request.trace.low, to: &line)
        Self.put("\",\"span_id\":\"", to: &line)
        Self.put(hex: request.trace.span, to: &line)
        if request.trace.parent != 0 {
            Self.put("\",\"parent_id\":\"", to: &line)
            Self.put(hex: request.trace.parent, to: &line)
        }
        if let principal = response.caller as? Principal {
            Self.put("\",\"user_id\":\"", to: &line)
            Self.put(principal.user.id.high, principal.user.id.low, to: &line)
            Self.put("\",\"session_id\":\"", to: &line)
            Self.put(principal.session.id.high, principal.session.id.low, to: &line)
        }
        if let code = response.code {
            Self.put("\",\"code\":\"", to: &line)
            line.append(contentsOf: code.utf8)
        }
        Self.put("\",\"user_agent\":", to: &line)
        Self.userAgent(of: request, to: &line)
        Self.put("}\n", to: &line)
    }

    private func write(_ time: Timestamp, to line: inout [UInt8], _ second: inout Second) {
        let number = time.seconds
        if second.number != number {
            second.number = number
            second.text = Array("{\"time\":\"".utf8) + Array(time.iso8601.utf8.prefix(20))
        }
        line.append(contentsOf: second.text)
        let milliseconds = time.milliseconds - number * 1_000
        line.append(UInt8(truncatingIfNeeded: 0x30 + milliseconds / 100))
        line.append(UInt8(truncatingIfNeeded: 0x30 + milliseconds / 10 % 10))
        line.append(UInt8(truncatingIfNeeded: 0x30 + milliseconds % 10))
        Self.put("Z\",", to: &line)
    }

    private static let userAgent: FieldName = "User-Agent"

    /// At most 256 bytes. What holds a control character, a quote, a backslash or anything but ASCII takes the long way
    /// over the form that the audit has.
    private static func userAgent(of request: Request, to line: inout [UInt8]) {
        let text = request.headers.bytes(of: userAgent) ?? []
        let isPlain =
            text.count <= 256
            && text.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
        if isPlain {
            line.append(UInt8(ascii: "\""))
            line.append(contentsOf: text)
            line.append(UInt8(ascii: "\""))
        } else {
            var writer = JSONWriter()
            writer.string(Source(request).userAgent)
            line.append(contentsOf: writer.bytes)
        }
    }

    @inline(__always)
    private static func put(_ text: StaticString, to line: inout [UInt8]) {
        unsafe line.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private static func put(_ name: StaticString, _ number: Int, to line: inout [UInt8]) {
        put(name, to: &line)
        var rest = max(number, 0)
        let start = line.count
        repeat {
            line.append(UInt8(truncatingIfNeeded: 0x30 + rest % 10))
            rest /= 10
        } while rest > 0
        var (left, right) = (start, line.count - 1)
        while left < right {
            line.swapAt(left, right)
            left += 1
            right -= 1
        }
    }

    private static func put(hex value: UInt64, digits: Int = 16, to line: inout [UInt8]) {
        for place in stride(from: 4 * (digits - 1), through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(place)) & 0x0F
            line.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }

    /// A UUID in its usual form.
    private static func put(_ high: UInt64, _ low: UInt64, to line: inout [UInt8]) {
        put(hex: high >> 32, digits: 8, to: &line)
        line.append(UInt8(ascii: "-"))
        put(hex: high >> 16, digits: 4, to: &line)
        line.append(UInt8(ascii: "-"))
        put(hex: high, digits: 4, to: &line)
        line.append(UInt8(ascii: "-"))
        put(hex: low >> 48, digits: 4, to: &line)
        line.append(UInt8(ascii: "-"))
        put(hex: low, digits: 12, to: &line)
    }
}
