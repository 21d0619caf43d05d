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

    /// Of an authority in the spelling of ``Authority/canonical(_:isSecure:)`` for that scheme.
    init(canonical authority: String, isSecure: Bool) { text = (isSecure ? "https://" : "http://") + authority }

    public var description: String { text }

    /// Host, and port unless it is the scheme's own: what a `Host` field names.
    public var authority: String {
        String(decoding: text.utf8.dropFirst(text.utf8.starts(with: "https://".utf8) ? 8 : 7), as: UTF8.self)
    }
}
