public import HTTP

/// How much a server takes, and how long it waits.
public struct ServerSettings: Sendable {
    public var limits: ParserLimits
    public var timeouts: Timeouts
    /// Connections at the same time, over all loops. For one more the longest idle one of a loop is closed; where none is
    /// idle, the newcomer is answered with 503.
    public var maxConnections: Int
    /// Connections at the same time from one IPv4 address or one IPv6 /64, over all loops.
    ///
    /// Not counted for ``trustedProxies``, which speak for many, nor for Unix sockets.
    public var maxConnectionsPerAddress: Int
    /// Whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; nobody's by default.
    public var trustedProxies: TrustedProxies
    /// From where every connection begins with a ``ProxyHeader``; from anywhere else none may. Not asked for Unix
    /// sockets.
    public var proxyProtocol: [AddressBlock]
    /// For how long a browser that was answered over TLS shall come back over TLS only (RFC 6797 §6.1.1); zero makes
    /// it forget.
    public var transportSecurity: Duration
    /// What this run's request ids begin with; drawn at random, so that two runs do not repeat each other's.
    public var requestIDStart: UInt64
    /// What this run's traces and spans begin with; drawn at random too.
    public var traceStart: UInt64

    /// The limits of patience with a client. None applies while a handler works; of a stream, only ``write`` does.
    public struct Timeouts: Sendable {
        /// From a head's first byte to its last, however the bytes trickle in; also from the connection's beginning,
        /// through a proxy's header and a handshake, to the first byte. Then 408, where a head has begun.
        public var head: Duration
        /// From a head's end to the body's end. Then 408.
        public var body: Duration
        /// Between an answer and the next request. Then the connection is closed.
        public var idle: Duration
        /// For every 64 KiB of an answer that the client does not read. Then the connection is closed.
        public var write: Duration
        /// How long a client may take to read the last answer before the connection is closed.
        public var linger: Duration
        /// After a client on TCP stopped sending: when to find out whether it still waits for its answer.
        public var probe: Duration

        public init(
            head: Duration = .seconds(10), body: Duration = .seconds(30), idle: Duration = .seconds(75),
            write: Duration = .seconds(30), linger: Duration = .seconds(2), probe: Duration = .milliseconds(500)
        ) {
            self.head = head
            self.body = body
            self.idle = idle
            self.write = write
            self.linger = linger
            self.probe = probe
        }
    }

    public init(
        limits: ParserLimits = .standard, timeouts: Timeouts = Timeouts(), maxConnections: Int = 10_000,
        maxConnectionsPerAddress: Int = 256, trustedProxies: TrustedProxies = .none, proxyProtocol: [AddressBlock] = [],
        transportSecurity: Duration = .zero, requestIDStart: UInt64 = 0,
        traceStart: UInt64 = 0
    ) {
        self.limits = limits
        self.timeouts = timeouts
        self.maxConnections = maxConnections
        self.maxConnectionsPerAddress = maxConnectionsPerAddress
        self.trustedProxies = trustedProxies
        self.proxyProtocol = proxyProtocol
        self.transportSecurity = transportSecurity
        self.requestIDStart = requestIDStart
        self.traceStart = traceStart
    }
}
