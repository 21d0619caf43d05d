/// Base64 as stored hashes hold it (RFC 4648 §4), with or without padding, or with `.` for `+` as passlib writes it.
enum HashBase64 {
    enum Padding { case none, required, either }

    /// The bytes that are written so; `nil` for anything that has a second spelling of the same bytes in it.
    static func decode(_ text: ArraySlice<UInt8>, padding: Padding = .none, plus: UInt8 = 0x2B) -> [UInt8]? {
        let digits = text.prefix { $0 != UInt8(ascii: "=") }
        let isPadded = digits.count < text.count
        if isPadded {
            guard padding != .none, text.count % 4 == 0, text.count - digits.count <= 2,
                text.dropFirst(digits.count).allSatisfy({ $0 == UInt8(ascii: "=") })
            else { return nil }
        } else if padding == .required, digits.count % 4 != 0 {
            return nil
        }
        guard digits.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var bits = 0
        var held: UInt32 = 0
        for digit in digits {
            guard let value = value(of: digit, plus: plus) else { return nil }
            held = held << 6 & 0xFFFF | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> UInt32(bits)))
            }
        }
        // What is left over of the last digit stands for nothing, and must say so.
        return held & (1 << UInt32(bits) - 1) == 0 ? bytes : nil
    }

    static func encode(_ bytes: [UInt8], isPadded: Bool = false, plus: UInt8 = 0x2B) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var bits = 0
        var held: UInt32 = 0
        for byte in bytes {
            held = held << 8 & 0xFFFF | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(digit(for: UInt8(truncatingIfNeeded: held >> UInt32(bits)) & 0x3F, plus: plus))
            }
        }
        if bits > 0 {
            text.append(digit(for: UInt8(truncatingIfNeeded: held << UInt32(6 - bits)) & 0x3F, plus: plus))
        }
        while isPadded, text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    private static func value(of digit: UInt8, plus: UInt8) -> UInt8? {
        switch digit {
        case 65...90: digit - 65
        case 97...122: digit - 71
        case 48...57: digit + 4
        case plus: 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static func digit(for value: UInt8, plus: UInt8) -> UInt8 {
        switch value {
        case ..<26: value + 65
        case ..<52: value + 71
        case ..<62: value - 4
        case 62: plus
        default: UInt8(ascii: "/")
        }
    }
}
