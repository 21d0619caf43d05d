/// A run of addresses with a common prefix (RFC 4632): `10.0.0.0/8`, `2001:db8::/32`.
public struct AddressBlock: Hashable, Sendable {
    /// The first address of the block.
    public let base: IPAddress
    /// In bits: 0…32 for IPv4, 0…128 for IPv6.
    public let prefix: Int

    /// The block of that size around `address`; `prefix` is brought into range.
    public init(of address: IPAddress, prefix: Int) {
        let prefix = min(max(prefix, 0), address.isV4 ? 32 : 128)
        self.prefix = prefix
        if address.isV4 {
            let mask = UInt32.max << UInt32(32 - prefix)
            base = IPAddress(v4: UInt32(truncatingIfNeeded: address.low) & mask)
        } else {
            // Shifting by the full width gives zero in Swift.
            let high = UInt64.max << UInt64(max(64 - prefix, 0))
            let low = UInt64.max << UInt64(min(128 - prefix, 64))
            base = IPAddress(v6high: address.high & high, low: address.low & low)
        }
    }

    public func contains(_ address: IPAddress) -> Bool {
        address.isV4 == base.isV4 && AddressBlock(of: address, prefix: prefix).base == base
    }
}

extension AddressBlock: LosslessStringConvertible {
    /// `address/prefix`, or an address alone for just that one.
    ///
    /// Bits after the prefix must be zero: `10.1.2.3/8` is more likely a slip than a wish. A block of mapped
    /// addresses, `::ffff:10.0.0.0/104`, is the IPv4 block it covers.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else { return nil }
        let width = address.isV4 ? 32 : 128
        guard parts.count == 2 else {
            self.init(of: address, prefix: width)
            return
        }
        let digits = parts[1].utf8
        guard (1...3).contains(digits.count), digits.allSatisfy(\.isDigit), digits.count == 1 || digits.first != 0x30,
            var prefix = Int(parts[1])
        else { return nil }
        if address.isV4, parts[0].utf8.contains(UInt8(ascii: ":")) { prefix -= 96 }
        guard (0...width).contains(prefix) else { return nil }
        self.init(of: address, prefix: prefix)
        guard base == address else { return nil }
    }

    public var description: String { "\(base)/\(prefix)" }
}
