/// The little of DER (X.690) that RSA keys need in order to reach OpenSSL.
enum DER {
    /// From big-endian digits, in the shortest form.
    static func integer(_ digits: [UInt8]) -> [UInt8] {
        let shortest = digits.drop { $0 == 0 }
        let padded = (shortest.first ?? 0x80) < 0x80 ? Array(shortest) : [0] + shortest
        return element(0x02, padded)
    }

    static func sequence(_ parts: [[UInt8]]) -> [UInt8] { element(0x30, Array(parts.joined())) }

    private static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] { [tag] + length(content.count) + content }

    private static func length(_ count: Int) -> [UInt8] {
        if count < 0x80 { return [UInt8(count)] }
        var digits: [UInt8] = []
        var rest = count
        while rest > 0 {
            digits.insert(UInt8(truncatingIfNeeded: rest), at: 0)
            rest >>= 8
        }
        return [0x80 | UInt8(digits.count)] + digits
    }
}
