/// Who a request comes from when proxies stand in between: `X-Forwarded-For` and `X-Forwarded-Proto`.
///
/// Anybody can send these fields. They count only as far as listed proxies vouch for them; the empty list, which
/// is the default, believes nobody.
public struct TrustedProxies: Sendable {
    private let blocks: [AddressBlock]
    private let trustsLocal: Bool

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
    ///
    /// - Parameter forwardedFor: every value of `X-Forwarded-For`, in order.
    public func client(peer: ClientAddress, forwardedFor: [String]) -> ClientAddress {
        var current = peer
        guard contains(current) else { return current }
        for value in forwardedFor.reversed() {
            for entry in value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).reversed() {
                guard let address = Self.parse(Array(entry)) else { return current }
                current = .ip(address)
                guard contains(current) else { return current }
            }
        }
        return current
    }

    /// Whether the client spoke TLS: to this server, or, in the words of a trusted peer, to the proxy.
    ///
    /// The last word of the last value counts, because the nearest proxy wrote it.
    public func isSecure(peer: ClientAddress, overTLS: Bool, forwardedProto: [String]) -> Bool {
        guard contains(peer), let value = forwardedProto.last else { return overTLS }
        let bytes = Array(value.utf8)
        let start = bytes.lastIndex(of: UInt8(ascii: ",")).map { $0 + 1 } ?? 0
        return bytes.span.spells(bytes.span.trimmed(start..<bytes.count), "https")
    }

    /// An address, or `v4:port`, `[v6]`, `[v6]:port` as some proxies write.
    private static func parse(_ entry: [UInt8]) -> IPAddress? {
        let bytes = entry.span
        let range = bytes.trimmed(0..<bytes.count)
        if let address = IPAddress(bytes, range) { return address }
        guard Authority.isValid(bytes, range) else { return nil }
        if bytes[range.lowerBound] == UInt8(ascii: "[") {
            let end = entry[range].firstIndex(of: UInt8(ascii: "]")) ?? range.upperBound
            return IPAddress.parseV6(bytes, range.lowerBound + 1..<end)
        }
        let end = entry[range].firstIndex(of: UInt8(ascii: ":")) ?? range.upperBound
        return IPAddress.parseV4(bytes, range.lowerBound..<end).map(IPAddress.init(v4:))
    }
}
