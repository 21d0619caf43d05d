/// An IPv4 or IPv6 address, in one form only: an IPv4 address mapped into IPv6 is that IPv4 address.
public struct IPAddress: Hashable, Sendable {
    /// For IPv4 zero; the address is then in the last 32 bits of `low`.
    public let high: UInt64
    public let low: UInt64
    public let isV4: Bool

    public init(v4: UInt32) {
        high = 0
        low = UInt64(v4)
        isV4 = true
    }

    /// The address in two halves, network order; `::ffff:a.b.c.d` becomes IPv4 (RFC 4291 §2.5.5.2).
    public init(v6high high: UInt64, low: UInt64) {
        isV4 = high == 0 && low >> 32 == 0xFFFF
        self.high = high
        self.low = isV4 ? low & 0xFFFF_FFFF : low
    }

    /// Four or sixteen bytes in network order, as in a socket address; any other count is `nil`.
    public init?(bytes: some Collection<UInt8>) {
        var high: UInt64 = 0
        var low: UInt64 = 0
        for byte in bytes.prefix(16) {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }
        switch bytes.count {
        case 4: self.init(v4: UInt32(truncatingIfNeeded: low))
        case 16: self.init(v6high: high, low: low)
        default: return nil
        }
    }

    /// The source this address counts for: the /24 of IPv4, the /64 of IPv6 (one customer's usual share).
    public var network: AddressBlock { AddressBlock(of: self, prefix: isV4 ? 24 : 64) }

    /// The four bytes of an IPv4 address, network order; `nil` for IPv6.
    public var v4: UInt32? { isV4 ? UInt32(truncatingIfNeeded: low) : nil }

    /// 127.0.0.0/8 or ::1: this machine.
    public var isLoopback: Bool { isV4 ? low >> 24 == 127 : high == 0 && low == 1 }
}

extension IPAddress: LosslessStringConvertible {
    /// Strict: four decimal numbers without leading zeros, or RFC 4291 §2.2 text. No zone, no brackets, no port.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.span, 0..<bytes.count)
    }

    init?(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        if let v4 = Self.parseV4(bytes, range) {
            self.init(v4: v4)
        } else if let address = Self.parseV6(bytes, range) {
            self = address
        } else {
            return nil
        }
    }

    static func parseV4(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt32? {
        guard (7...15).contains(range.count) else { return nil }
        var address: UInt32 = 0
        var parts = 0
        var start = range.lowerBound
        while true {
            var value: UInt32 = 0
            var end = start
            while end < range.upperBound, bytes[end].isDigit, end - start < 3 {
                value = value * 10 + UInt32(bytes[end] - 0x30)
                end += 1
            }
            guard end > start, value <= 255, end - start == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
            address = address << 8 | value
            parts += 1
            if parts == 4 { return end == range.upperBound ? address : nil }
            guard end < range.upperBound, bytes[end] == UInt8(ascii: ".") else { return nil }
            start = end + 1
        }
    }

    static func parseV6(_ bytes: Span<UInt8>, _ range: Range<Int>) -> IPAddress? {
        guard (2...45).contains(range.count) else { return nil }
        let colon = UInt8(ascii: ":")
        var groups: [UInt16] = []
        groups.reserveCapacity(8)
        var gap: Int?
        var index = range.lowerBound
        if bytes[index] == colon {
            guard bytes[index + 1] == colon else { return nil }
            gap = 0
            index += 2
        }
        while index < range.upperBound {
            guard groups.count < 8 else { return nil }
            let start = index
            var value: UInt16 = 0
            while index < range.upperBound, index - start < 4, let digit = bytes[index].hexValue {
                value = value << 4 | UInt16(digit)
                index += 1
            }
            guard index > start else { return nil }
            if index < range.upperBound, bytes[index] == UInt8(ascii: ".") {
                guard groups.count <= 6, let v4 = parseV4(bytes, start..<range.upperBound) else { return nil }
                groups.append(UInt16(truncatingIfNeeded: v4 >> 16))
                groups.append(UInt16(truncatingIfNeeded: v4))
                break
            }
            groups.append(value)
            guard index < range.upperBound else { break }
            guard bytes[index] == colon else { return nil }
            index += 1
            guard index < range.upperBound else { return nil }
            if bytes[index] == colon {
                guard gap == nil else { return nil }
                gap = groups.count
                index += 1
            }
        }
        // A gap stands for one group at least.
        guard gap == nil ? groups.count == 8 : groups.count < 8 else { return nil }
        if let gap { groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap) }
        return IPAddress(
            v6high: groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) },
            low: groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) })
    }

    /// Canonical text: dotted decimal, or RFC 5952 (lower case, the longest run of zero groups as `::`).
    public var description: String {
        if isV4 {
            let parts = [24, 16, 8, 0].map { (shift: UInt64) -> String in String((low >> shift) & 0xFF) }
            return parts.joined(separator: ".")
        }
        var groups: [UInt64] = []
        for half in [high, low] {
            for shift: UInt64 in [48, 32, 16, 0] { groups.append((half >> shift) & 0xFFFF) }
        }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start >= 2, end - start > longest.count { longest = start..<end }
            start = end + 1
        }
        let texts = groups.map { String($0, radix: 16) }
        if longest.isEmpty { return texts.joined(separator: ":") }
        return texts[..<longest.lowerBound].joined(separator: ":") + "::"
            + texts[longest.upperBound...].joined(separator: ":")
    }
}
