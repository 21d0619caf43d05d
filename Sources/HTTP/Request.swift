/// One request, complete and checked; what it says is still only what somebody claims.
///
/// Texts are made when asked for, from the bytes of the head.
public struct Request: Sendable {
    /// One object for all of it, because a request is handed on many times and rarely changed.
    private var parts: Parts

    /// Changed only where nobody else has it, as ``Request/own()`` makes sure.
    private final class Parts: @unchecked Sendable {
        let method: Method
        let version: Version
        let keepsAlive: Bool
        var isSecure = false
        var isFromProxy = false
        var client = ClientAddress.local
        let headers: Headers
        let body: [UInt8]
        var id = ""
        var trace = TraceContext(high: 0, low: 0, span: 0)
        /// The bytes that the ranges below point into; the head itself when a parser made this.
        let head: [UInt8]
        let target: Range<Int>
        let path: Range<Int>
        let query: Range<Int>?

        init(
            method: Method, version: Version, keepsAlive: Bool, headers: Headers, body: [UInt8], head: [UInt8],
            target: Range<Int>, path: Range<Int>, query: Range<Int>?
        ) {
            self.method = method
            self.version = version
            self.keepsAlive = keepsAlive
            self.headers = headers
            self.body = body
            self.head = head
            self.target = target
            self.path = path
            self.query = query
        }

        func copy(headers: Headers? = nil) -> Parts {
            let copy = Parts(
                method: method, version: version, keepsAlive: keepsAlive, headers: headers ?? self.headers, body: body,
                head: head, target: target, path: path, query: query)
            copy.isSecure = isSecure
            copy.isFromProxy = isFromProxy
            copy.client = client
            copy.id = id
            copy.trace = trace
            return copy
        }
    }

    private mutating func own() -> Parts {
        if !isKnownUniquelyReferenced(&parts) { parts = parts.copy() }
        return parts
    }

    /// Fills in at once what the server knows.
    public mutating func arrive(
        from client: ClientAddress, isSecure: Bool, isFromProxy: Bool = false, id: String, trace: TraceContext
    ) {
        let parts = own()
        parts.isFromProxy = isFromProxy
        parts.client = client
        parts.isSecure = isSecure
        parts.id = id
        parts.trace = trace
    }

    /// The trace that it names, or a new one; with a new span in both cases.
    public func trace(from numbers: inout TraceNumbers) -> TraceContext { numbers.context(parts.headers) }

    public var method: Method { parts.method }
    public var version: Version { parts.version }
    public var headers: Headers {
        get { parts.headers }
        set { parts = parts.copy(headers: newValue) }
    }
    /// Decoded: no chunk framing is left in it, and trailers are dropped.
    public var body: [UInt8] { parts.body }
    /// Whether the connection may carry another request after this one (RFC 9112 §9.3).
    public var keepsAlive: Bool { parts.keepsAlive }
    /// Who sent it, as far as the server believes it; filled in by the server.
    public var client: ClientAddress {
        get { parts.client }
        set { own().client = newValue }
    }
    /// The request id that the client gave, where ``RequestID/accept(_:)`` takes it.
    public var ownID: String? { parts.headers[Self.idField].flatMap(RequestID.accept) }

    private static let idField: FieldName = "X-Request-Id"

    /// The name of this request in logs and answers; filled in by the server.
    public var id: String {
        get { parts.id }
        set { own().id = newValue }
    }
    /// Where it stands in a trace; filled in by the server. Calls to other servers on its behalf send it along.
    public var trace: TraceContext {
        get { parts.trace }
        set { own().trace = newValue }
    }
    /// Whether it came over TLS, here or at a trusted proxy; filled in by the server.
    public var isSecure: Bool {
        get { parts.isSecure }
        set { own().isSecure = newValue }
    }

    /// Whether the peer is a trusted proxy, whose word on the request it asks about counts; filled in by the server.
    public var isFromProxy: Bool {
        get { parts.isFromProxy }
        set { own().isFromProxy = newValue }
    }

    public enum Version: String, Sendable {
        case http10 = "HTTP/1.0"
        case http11 = "HTTP/1.1"
    }

    init(head: borrowing RequestHead, headers: Headers, body: [UInt8]) {
        parts = Parts(
            method: head.method, version: head.version, keepsAlive: head.keepsAlive, headers: headers, body: body,
            head: headers.bytes, target: head.target, path: head.path, query: head.query)
    }

    /// A request made in the program, for tests and internal calls; a malformed target is `nil`.
    public init?(method: Method, target: String, headers: Headers = Headers(), body: [UInt8] = []) {
        let bytes = Array(target.utf8)
        guard let found = RequestTarget(bytes.span, 0..<bytes.count, isOptions: method == .options) else { return nil }
        parts = Parts(
            method: method, version: .http11, keepsAlive: true, headers: headers, body: body, head: bytes,
            target: 0..<bytes.count, path: found.path, query: found.query)
    }

    /// The request target as it was sent.
    public var target: String { String(decoding: parts.head[parts.target], as: UTF8.self) }

    /// The path as it was sent, still percent-encoded; `/` where an absolute form had none; `*` for `OPTIONS *`.
    public var path: String { parts.path.isEmpty ? "/" : String(decoding: parts.head[parts.path], as: UTF8.self) }

    /// What followed `?`, still encoded; `nil` without a `?`.
    public var rawQuery: ArraySlice<UInt8>? { parts.query.map { parts.head[$0] } }

    /// The query's fields, read as `application/x-www-form-urlencoded`; `nil` when that is malformed.
    ///
    /// OAuth builds its queries that way (RFC 6749 appendix B), and so do browsers.
    public var query: FormFields? {
        guard let range = parts.query else { return FormFields() }
        return FormFields(parsing: parts.head[range])
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
        if parts.path.isEmpty {
            let root: [UInt8] = [UInt8(ascii: "/")]
            return read(root.span, 0..<1)
        }
        let head = parts.head
        return read(head.span, parts.path)
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
