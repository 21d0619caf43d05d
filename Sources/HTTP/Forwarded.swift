/// Who a request comes from when proxies stand in between: `X-Forwarded-For` and `X-Forwarded-Proto`.
///
/// Anybody can send these fields. They count only as far as listed proxies vouch for them; the empty list, which
/// is the default, believes nobody.
public struct TrustedProxies: Sendable {
    private let blocks: [AddressBlock]
    private let trustsLocal: Bool
    private static let forwardedFor: FieldName = "X-Forwarded-For"
    private static let forwardedProto: FieldName = "X-Forwarded-Proto"

    public static let none = TrustedProxies(blocks: [], trustsLocal: false)

    /// `trustsLocal` says that whoever connects to the Unix socket is a proxy.
    public init(blocks: [AddressBlock], trustsLocal: Bool) {
        self.blocks = blocks
        self.trustsLocal = trustsLocal
    }

    public func contains(_ address: ClientAddress) -> Bool {
        switch address {
        case .ip(let address): blocks.contains { $0.contains(address) }
        case .local: trustsLocal
        }
    }

    /// Walks the list from right to left, beginning at the peer, while the one reached is a trusted proxy.
    ///
    /// The first untrusted address is the client. An entry that is no address ends the walk: the last address
    /// that somebody trusted vouched for is the answer, and nothing further left is believed.
    public func client(peer: ClientAddress, _ headers: Headers) -> ClientAddress {
        var current = peer
        guard contains(current), headers.mayContain(Self.forwardedFor) else { return current }
        let bytes = headers.bytes.span
        for field in headers.fields.reversed() where headers.matches(field, Self.forwardedFor) {
            var entry = Self.lastEntry(bytes, field.value)
            while true {
                guard let address = Self.parse(bytes, entry) else { return current }
                current = .ip(address)
                guard contains(current) else { return current }
                if entry.lowerBound == field.value.lowerBound { break }
                entry = Self.lastEntry(bytes, field.value.lowerBound..<entry.lowerBound - 1)
            }
        }
        return current
    }

    /// Whether the client spoke TLS: to this server, or, in the words of a trusted peer, to the proxy.
    ///
    /// The last word of the last value counts, because the nearest proxy wrote it.
    public func isSecure(peer: ClientAddress, overTLS: Bool, _ headers: Headers) -> Bool {
        guard contains(peer), headers.mayContain(Self.forwardedProto),
            let field = headers.fields.last(where: { headers.matches($0, Self.forwardedProto) })
        else { return overTLS }
        let bytes = headers.bytes.span
        return bytes.spells(bytes.trimmed(Self.lastEntry(bytes, field.value)), "https")
    }

    /// What stands behind the last comma.
    private static func lastEntry(_ bytes: Span<UInt8>, _ list: Range<Int>) -> Range<Int> {
        var start = list.upperBound
        while start > list.lowerBound, bytes[start - 1] != UInt8(ascii: ",") { start -= 1 }
        return start..<list.upperBound
    }

    /// An address, or `v4:port`, `[v6]`, `[v6]:port` as some proxies write.
    private static func parse(_ bytes: Span<UInt8>, _ entry: Range<Int>) -> IPAddress? {
        let range = bytes.trimmed(entry)
        if let address = IPAddress(bytes, range) { return address }
        guard Authority.isValid(bytes, range) else { return nil }
        if bytes[range.lowerBound] == UInt8(ascii: "[") {
            let end = bytes.first(UInt8(ascii: "]"), in: range) ?? range.upperBound
            return IPAddress.parseV6(bytes, range.lowerBound + 1..<end)
        }
        let end = bytes.first(UInt8(ascii: ":"), in: range) ?? range.upperBound
        return IPAddress.parseV4(bytes, range.lowerBound..<end).map(IPAddress.init(v4:))
    }
}
