public import Domain
public import HTTP

extension Source {
    /// Where a request came from, as far as the server believed it.
    ///
    /// - Parameter impersonation: who acts as whoever sent it.
    public init(_ request: Request, _ impersonation: Impersonation? = nil) {
        self.init(
            address: request.client.description, network: request.client.network,
            userAgent: Self.held(request.headers["User-Agent"] ?? ""), requestID: request.id,
            traceparent: request.trace.traceparent, tracestate: request.trace.state, impersonation: impersonation)
    }

    /// At most 256 bytes, cut between code points, without control characters: C0, DEL and C1.
    private static func held(_ text: String) -> String {
        var held = ""
        var room = 256
        for scalar in text.unicodeScalars where !isControl(scalar) {
            room -= UTF8.width(scalar)
            if room < 0 { break }
            held.unicodeScalars.append(scalar)
        }
        return held
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
