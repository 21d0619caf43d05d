/// Where a request stands in a trace that crosses several programs (W3C Trace Context, level 1).
///
/// The server takes over the trace of a request that names one, begins one for every other, and is a span of its own
/// in both cases. What calls other servers on behalf of a request sends ``traceparent`` and ``state`` along.
public struct TraceContext: Hashable, Sendable {
    /// The trace's 128 bits, never all zero (§3.2.2.3).
    public let high: UInt64
    public let low: UInt64
    /// The caller's span; 0 where the trace begins here.
    public let parent: UInt64
    /// This server's span for this request, never zero (§3.2.2.4).
    public let span: UInt64
    /// Whether the caller may have recorded the trace (§3.2.2.5): the only flag that level 1 defines.
    public let isSampled: Bool
    /// The members of `tracestate` that other vendors sent, in their order (§3.3); `nil` for none.
    public let state: String?

    /// A trace that begins here.
    public init(high: UInt64, low: UInt64, span: UInt64) {
        self.init(high: high, low: low, parent: 0, span: span, isSampled: false, state: nil)
    }

    /// The trace that a request's fields name; `nil` where there is none, or where they are malformed in any way: then
    /// the server begins a trace of its own, and `tracestate` counts nothing (§3.3.1.1, §4.3).
    ///
    /// - Parameter span: a new number for this server's part.
    public init?(_ headers: Headers, span: UInt64) {
        guard let parent = headers.bytes(of: Self.parentField), headers.count(of: Self.parentField) == 1,
            let fields = Self.parse(parent)
        else { return nil }
        self.init(
            high: fields.high, low: fields.low, parent: fields.parent, span: span, isSampled: fields.flags & 1 == 1,
            state: TraceState.accept(headers.values(of: Self.stateField)))
    }

    private init(high: UInt64, low: UInt64, parent: UInt64, span: UInt64, isSampled: Bool, state: String?) {
        self.high = high
        self.low = low | (high == 0 && low == 0 ? 1 : 0)
        self.parent = parent
        self.span = span == 0 ? 1 : span
        self.isSampled = isSampled
        self.state = state
    }

    /// 32 lower-case hex digits.
    public var traceID: String { Self.hex(high) + Self.hex(low) }
    /// 16 lower-case hex digits.
    public var spanID: String { Self.hex(span) }
    /// The field for calls on behalf of this request: version 00, with this server's span as the parent (§3.2).
    public var traceparent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    private static let parentField: FieldName = "traceparent"
    private static let stateField: FieldName = "tracestate"

    /// `version "-" trace-id "-" parent-id "-" trace-flags` (§3.2.2); of later versions the part that version 00 knows
    /// (§4.3 "Versioning of traceparent").
    private static func parse(
        _ value: ArraySlice<UInt8>
    ) -> (high: UInt64, low: UInt64, parent: UInt64, flags: UInt64)? {
        let bytes = Array(value)
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = number(bytes[0..<2]), version != 0xFF,
            let high = number(bytes[3..<19]), let low = number(bytes[19..<35]), high | low != 0,
            let parent = number(bytes[36..<52]), parent != 0, let flags = number(bytes[53..<55])
        else { return nil }
        guard bytes.count == 55 || version > 0 && bytes[55] == dash else { return nil }
        return (high, low, parent, flags)
    }

    /// Lower-case hex digits only: upper case is malformed (§3.2.2.3).
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            guard let half = digit.hexValue, !(0x41...0x46).contains(digit) else { return nil }
            value = value << 4 | UInt64(half)
        }
        return value
    }

    private static func hex(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// `tracestate`: a list of `key=value` that is passed on and not read (W3C Trace Context §3.3).
enum TraceState {
    /// Combined from several fields, at most 512 octets and 32 members; `nil` when any member is malformed or a key
    /// comes twice, because a list that is not understood is not passed on.
    static func accept(_ values: [String]) -> String? {
        var members: [String] = []
        var keys: Set<String> = []
        for value in values {
            for part in value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
                let bytes = Array(part)
                let range = bytes.span.trimmed(0..<bytes.count)
                if range.isEmpty { continue }
                guard let key = key(bytes[range]), keys.insert(key).inserted else { return nil }
                members.append(String(decoding: bytes[range], as: UTF8.self))
            }
        }
        guard members.count <= 32 else { return nil }
        // Long members go first, then those at the end (§3.3.1.5).
        while members.reduce(members.count - 1, { $0 + $1.utf8.count }) > 512 {
            members.remove(at: members.lastIndex { $0.utf8.count > 128 } ?? members.count - 1)
        }
        return members.isEmpty ? nil : members.joined(separator: ",")
    }

    /// The key of a well-formed member (§3.3.1.3).
    private static func key(_ member: ArraySlice<UInt8>) -> String? {
        guard let equals = member.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let key = member[..<equals]
        let value = member[(equals + 1)...]
        let parts = key.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        let isKey =
            switch parts.count {
            case 1: isName(parts[0], atMost: 256, mayBeginWithDigit: false)
            case 2:
                isName(parts[0], atMost: 241, mayBeginWithDigit: true)
                    && isName(parts[1], atMost: 14, mayBeginWithDigit: false)
            default: false
            }
        let isValue =
            (1...256).contains(value.count) && value.last != 0x20
            && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=") }
        return isKey && isValue ? String(decoding: key, as: UTF8.self) : nil
    }

    private static func isName(_ name: ArraySlice<UInt8>, atMost most: Int, mayBeginWithDigit: Bool) -> Bool {
        guard let first = name.first, name.count <= most else { return false }
        let isLetter = (0x61...0x7A).contains(first)
        return (isLetter || mayBeginWithDigit && first.isDigit)
            && name.allSatisfy {
                (0x61...0x7A).contains($0) || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "/")
            }
    }
}

/// New traces and spans for requests: they need to differ, not to be secret.
///
/// Each loop counts on from a random start of its own, and every number is mixed (SplitMix64), so that neighbours look
/// nothing alike and two servers do not meet.
public struct TraceNumbers: Sendable {
    private var state: UInt64
    private let other: UInt64

    /// - Parameters:
    ///   - start: 64 random bits, of this run.
    ///   - other: 64 more.
    public init(start: UInt64, other: UInt64) {
        state = start
        self.other = other
    }

    /// The trace that the request names, or a new one; with a new span in both cases.
    public mutating func context(_ headers: Headers) -> TraceContext {
        let span = next()
        return TraceContext(headers, span: span) ?? TraceContext(high: other ^ next(), low: next(), span: span)
    }

    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
