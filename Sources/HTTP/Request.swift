/// One request, complete and checked; what it says is still only what somebody claims.
///
/// Texts are made when asked for, from the bytes of the head.
public struct Request: Sendable {
    public let method: Method
    public let version: Version
    public var headers: Headers
    /// Decoded: no chunk framing is left in it, and trailers are dropped.
    public let body: [UInt8]
    /// Whether the connection may carry another request after this one (RFC 9112 §9.3).
    public let keepsAlive: Bool
    /// Who sent it, as far as the server believes it; filled in by the server.
    public var client: ClientAddress
    /// The name of this request in logs and answers; filled in by the server.
    public var id: String
    /// Where it stands in a trace; filled in by the server. Calls to other servers on its behalf send it along.
    public var trace: TraceContext
    /// Whether it came over TLS, here or at a trusted proxy; filled in by the server.
    public var isSecure: Bool

    /// The bytes that the ranges below point into; the head itself when a parser made this.
    private let head: [UInt8]
    private let targetRange: Range<Int>
    private let pathRange: Range<Int>
    private let queryRange: Range<Int>?

    public enum Version: String, Sendable {
        case http10 = "HTTP/1.0"
        case http11 = "HTTP/1.1"
    }

    init(head: RequestHead, headers: Headers, body: [UInt8]) {
        method = head.method
        version = head.version
        self.headers = headers
        self.body = body
        keepsAlive = head.keepsAlive
        client = .local
        id = ""
        trace = TraceContext(high: 0, low: 0, span: 0)
        isSecure = false
        self.head = headers.bytes
        targetRange = head.target
        pathRange = head.path
        queryRange = head.query
    }

    /// A request made in the program, for tests and internal calls; a malformed target is `nil`.
    public init?(method: Method, target: String, headers: Headers = Headers(), body: [UInt8] = []) {
        let bytes = Array(target.utf8)
        guard let parts = RequestTarget(bytes.span, 0..<bytes.count, isOptions: method == .options) else { return nil }
        self.method = method
        version = .http11
        self.headers = headers
        self.body = body
        keepsAlive = true
        client = .local
        id = ""
        trace = TraceContext(high: 0, low: 0, span: 0)
        isSecure = false
        head = bytes
        targetRange = 0..<bytes.count
        pathRange = parts.path
        queryRange = parts.query
    }

    /// The request target as it was sent.
    public var target: String { String(decoding: head[targetRange], as: UTF8.self) }

    /// The path as it was sent, still percent-encoded; `/` where an absolute form had none; `*` for `OPTIONS *`.
    public var path: String { pathRange.isEmpty ? "/" : String(decoding: head[pathRange], as: UTF8.self) }

    /// What followed `?`, still encoded; `nil` without a `?`.
    public var rawQuery: ArraySlice<UInt8>? { queryRange.map { head[$0] } }

    /// The query's fields, read as `application/x-www-form-urlencoded`; `nil` when that is malformed.
    ///
    /// OAuth builds its queries that way (RFC 6749 appendix B), and so do browsers.
    public var query: FormFields? {
        guard let queryRange else { return FormFields() }
        return FormFields(parsing: head[queryRange])
    }

    /// The path's segments, percent-decoded, `["api", "users"]` for `/api/users`.
    ///
    /// An encoded slash stays within its segment. `nil` when there is anything no resource of ours can be named
    /// by: an empty or dot segment (encoded or not), NUL, or what is not UTF-8. `/` alone has no segments.
    public var pathSegments: [String]? { withPath { PathSegments.decode($0, $1) } }

    /// The authority the client meant, as it was sent: a checked `uri-host [ ":" port ]`.
    ///
    /// `nil` only for HTTP/1.0, which may leave it out, and for requests made in the program.
    public var host: String? { headers["Host"] }

    /// Reads the path's bytes, `/` where an absolute form had none, without making a text of them.
    public func withPath<Value>(_ read: (Span<UInt8>, Range<Int>) -> Value) -> Value {
        if pathRange.isEmpty {
            let root: [UInt8] = [UInt8(ascii: "/")]
            return read(root.span, 0..<1)
        }
        return read(head.span, pathRange)
    }
}

/// Who is at the other end of a connection.
public enum ClientAddress: Hashable, Sendable, CustomStringConvertible {
    case ip(IPAddress)
    /// A Unix socket: a process on this machine.
    case local

    /// Which clients count as one source: an IPv4 /24, an IPv6 /64, or this machine.
    public var network: String {
        switch self {
        case .ip(let address): address.network.description
        case .local: "local"
        }
    }

    public var description: String {
        switch self {
        case .ip(let address): address.description
        case .local: "local"
        }
    }
}
