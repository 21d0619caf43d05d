/// Where a page comes from: scheme, host and port (RFC 6454), in the form browsers send.
public struct Origin: Hashable, Sendable, CustomStringConvertible {
    private let text: String

    /// `http` or `https`, `://`, a host, and a port unless it is the scheme's own; lower case, no path.
    ///
    /// Letters may be of either case and become lower-case. `null` and wildcards are not origins.
    public init?(_ text: String) {
        let bytes = text.utf8.map(\.lowered)
        let span = bytes.span
        for (scheme, ownPort) in [("http://", ":80"), ("https://", ":443")] as [(StaticString, StaticString)] {
            let end = scheme.utf8CodeUnitCount
            guard bytes.count > end, span.equals(0..<end, scheme) else { continue }
            guard Authority.isValid(span, end..<bytes.count) else { return nil }
            let tail = max(end, bytes.count - ownPort.utf8CodeUnitCount)..<bytes.count
            if span.equals(tail, ownPort) { return nil }
            self.text = String(decoding: bytes, as: UTF8.self)
            return
        }
        return nil
    }

    public var description: String { text }
}
