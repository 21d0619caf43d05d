public import HTTP

/// What operators see of the server over HTTP, given by whoever puts it together.
public struct Observation: Sendable {
    /// The names of what keeps this server from serving; empty when it is ready. It must answer in bounded time, and
    /// asking often must cost nothing.
    public var failedChecks: @Sendable () async -> [String]
    /// `GET /metrics`; `nil` where it is off, and then the path does not exist.
    public var metrics: Metrics?
    /// Counters of as many loops are kept apart.
    public var lanes: Int
    /// Whether refused credentials are explained in the system log.
    public var explainsRefusals: Bool

    public struct Metrics: Sendable {
        public let readers: MetricsReaders
        /// The content and its media type, for a request whose `Accept` field decides between them.
        public let page: @Sendable (Request) async -> (type: String, body: [UInt8])

        public init(
            readers: MetricsReaders, page: @escaping @Sendable (Request) async -> (type: String, body: [UInt8])
        ) {
            self.readers = readers
            self.page = page
        }
    }

    public init(
        metrics: Metrics? = nil, lanes: Int = 1, explainsRefusals: Bool = false,
        failedChecks: @escaping @Sendable () async -> [String] = { [] }
    ) {
        self.metrics = metrics
        self.lanes = lanes
        self.explainsRefusals = explainsRefusals
        self.failedChecks = failedChecks
    }
}

/// Who may read `/metrics`: whoever holds the token, and, where that is allowed, programs on this machine.
public struct MetricsReaders: Sendable {
    private let admitsLocal: Bool
    private let proxies: TrustedProxies
    private let isToken: (@Sendable (String) -> Bool)?

    /// - Parameters:
    ///   - admitsLocal: false where a proxy stands in front, because then everybody comes from this machine.
    ///   - proxies: never local, whatever they say.
    ///   - isToken: compares in constant time; `nil` where there is no token.
    public init(admitsLocal: Bool, proxies: TrustedProxies, isToken: (@Sendable (String) -> Bool)?) {
        self.admitsLocal = admitsLocal
        self.proxies = proxies
        self.isToken = isToken
    }

    enum Verdict { case admitted, stranger, wrongToken }

    func judge(_ request: Request) -> Verdict {
        if let isToken, case .presented(let token) = BearerToken(request.headers) {
            return isToken(String(decoding: token, as: UTF8.self)) ? .admitted : .wrongToken
        }
        return admitsLocal && isDirect(request) ? .admitted : .stranger
    }

    /// The peer is this machine, it is no proxy, nothing in the request was written by one, and it was meant for this
    /// machine: a page that a browser here was lured to names another host. HTTP/1.0 is what nginx speaks to servers
    /// behind it unless it is told otherwise, with this machine as the host and without a word about the client.
    private func isDirect(_ request: Request) -> Bool {
        guard request.version == .http11 else { return false }
        switch request.client {
        case .ip(let address): guard address.isLoopback else { return false }
        case .local: break
        }
        guard !proxies.contains(request.client), !Self.marks.contains(where: { request.headers.contains($0) }) else {
            return false
        }
        return request.host.map(Self.isLoopback) ?? false
    }

    private static let marks: [FieldName] = [
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port",
        "X-Forwarded-Server", "X-Real-IP", "Via", "CF-Connecting-IP", "True-Client-IP", "X-Client-IP",
    ]

    private static func isLoopback(host: String) -> Bool {
        if host.hasPrefix("[") { return host.hasPrefix("[::1]") }
        let name = host.prefix { $0 != ":" }
        return name == "localhost" || IPAddress(String(name))?.isLoopback == true
    }
}
