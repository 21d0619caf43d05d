/// How large a message may be. All counts are bytes unless the name says otherwise.
public struct ParserLimits: Sendable {
    /// Method, target and version, without the line end. Longer: 414.
    public let requestLine: Int
    /// All field lines of a head together, line ends included; the trailer section has the same limit. Longer: 431.
    public let headerBytes: Int
    /// Fields in a head, and again in a trailer section. More: 431.
    public let headerCount: Int
    /// The decoded body. Longer: 413.
    public let bodyBytes: Int

    public static let standard = ParserLimits(
        requestLine: 8_192, headerBytes: 32_768, headerCount: 100, bodyBytes: 1_048_576)

    /// Values are brought into 1 … 16 MiB (bodies: 0 … 1 GiB), so that no position in a head needs more than 32 bits.
    public init(requestLine: Int, headerBytes: Int, headerCount: Int, bodyBytes: Int) {
        self.requestLine = min(max(requestLine, 1), 1 << 24)
        self.headerBytes = min(max(headerBytes, 1), 1 << 24)
        self.headerCount = min(max(headerCount, 1), 1 << 24)
        self.bodyBytes = min(max(bodyBytes, 0), 1 << 30)
    }

    /// One chunk's size line: at most 16 digits and its extensions.
    static let chunkLine = 256
    /// All chunk extensions of one body together (RFC 9112 §7.1.1 asks for a bound).
    static let chunkExtensions = 4_096
}
