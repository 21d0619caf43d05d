/// Where a request came from, as far as the server could tell.
public struct Source: Hashable, Sendable {
    /// The client's address as text, after the trusted proxies were walked; empty for a local command.
    public let address: String
    /// The /24 (IPv4) or /64 (IPv6) that fairness and throttles count by.
    public let network: String
    /// Held to 256 bytes.
    public let userAgent: String
    public let requestID: String
    /// What a call to another server on behalf of this request says in the field `traceparent`; empty for none.
    public let traceparent: String
    /// The same for `tracestate`.
    public let tracestate: String?
    /// Who acts there as somebody else; `nil` where nobody does. It stands here because every event is told where it came
    /// from, so that none can forget to name the operator.
    public let impersonation: Impersonation?

    public init(
        address: String, network: String, userAgent: String, requestID: String, traceparent: String = "",
        tracestate: String? = nil, impersonation: Impersonation? = nil
    ) {
        self.address = address
        self.network = network
        self.userAgent = userAgent
        self.requestID = requestID
        self.traceparent = traceparent
        self.tracestate = tracestate
        self.impersonation = impersonation
    }

    /// The same place, with somebody who acts there as somebody else.
    public func acting(_ impersonation: Impersonation?) -> Source {
        Source(
            address: address, network: network, userAgent: userAgent, requestID: requestID, traceparent: traceparent,
            tracestate: tracestate, impersonation: impersonation)
    }

    /// The command line on the server's own machine.
    public static let local = Source(address: "", network: "local", userAgent: "aldrava-cli", requestID: "")
}
