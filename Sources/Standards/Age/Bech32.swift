/// Bytes as text with a checksum (BIP 173), in which age writes its keys. Without BIP 173's limit of 90 characters.
enum Bech32 {
    private static let alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

    static func encode(_ bytes: [UInt8], prefix: String) -> String {
        let data = regroup(bytes, from: 8, to: 5, pads: true) ?? []
        let values = data + checksum(Array(prefix.utf8), data)
        return "\(prefix)1" + String(decoding: values.map { alphabet[Int($0)] }, as: UTF8.self)
    }

    /// `nil` for a wrong checksum, mixed case, another prefix, or anything else that ``encode(_:prefix:)`` does not write.
    static func decode(_ text: String, prefix: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        let hasLower = bytes.contains { (97...122).contains($0) }
        let hasUpper = bytes.contains { (65...90).contains($0) }
        guard !(hasLower && hasUpper), bytes.count <= 1_024 else { return nil }
        let lower = bytes.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
        let head = Array(prefix.utf8).map { (65...90).contains($0) ? $0 | 0x20 : $0 } + [UInt8(ascii: "1")]
        guard lower.starts(with: head) else { return nil }
        var values: [UInt8] = []
        for byte in lower[head.count...] {
            guard let value = alphabet.firstIndex(of: byte) else { return nil }
            values.append(UInt8(value))
        }
        guard values.count >= 6 else { return nil }
        let data = Array(values.dropLast(6))
        guard checksum(Array(head.dropLast()), data) == Array(values.suffix(6)) else { return nil }
        return regroup(data, from: 5, to: 8, pads: false)
    }

    private static func checksum(_ prefix: [UInt8], _ data: [UInt8]) -> [UInt8] {
        var values: [UInt8] = prefix.map { $0 >> 5 }
        values.append(0)
        values += prefix.map { $0 & 31 }
        values += data
        values += [UInt8](repeating: 0, count: 6)
        let sum: UInt32 = polymod(values) ^ 1
        return (0..<6).map { place in UInt8(truncatingIfNeeded: sum >> UInt32(5 * (5 - place))) & 31 }
    }

    private static func polymod(_ values: [UInt8]) -> UInt32 {
        let generator: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
        var sum: UInt32 = 1
        for value in values {
            let top = sum >> 25
            sum = (sum & 0x1ff_ffff) << 5 ^ UInt32(value)
            for bit in 0..<5 where top >> bit & 1 == 1 { sum ^= generator[bit] }
        }
        return sum
    }

    /// `nil` where bits are left over that say something.
    private static func regroup(_ values: [UInt8], from: Int, to: Int, pads: Bool) -> [UInt8]? {
        var held: UInt32 = 0
        var bits = 0
        var regrouped: [UInt8] = []
        for value in values {
            held = (held << from | UInt32(value)) & 0xFFFF
            bits += from
            while bits >= to {
                bits -= to
                regrouped.append(UInt8(truncatingIfNeeded: held >> bits & (1 << to - 1)))
            }
        }
        let rest = held & (1 << bits - 1)
        if pads {
            if bits > 0 { regrouped.append(UInt8(truncatingIfNeeded: rest << (to - bits))) }
        } else if bits >= from || rest != 0 {
            return nil
        }
        return regrouped
    }
}
