/// base64url without padding (RFC 4648 §5, RFC 7515 §2): bytes as text that may stand in a URL.
public enum Base64URL {
    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: encoded(bytes), as: UTF8.self)
    }

    /// The text's bytes, for callers that put a longer text together.
    public static func encoded(_ bytes: some Collection<UInt8>) -> [UInt8] { encoded(Array(bytes)[...]) }

    public static func encoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        let (span, digits) = (bytes.span, digits.span)
        let count = span.count
        return unsafe [UInt8](unsafeUninitializedCapacity: (count * 4 + 2) / 3) { output, filled in
            func write(_ value: UInt32) {
                unsafe output[filled] = digits[Int(value & 0x3F)]
                filled += 1
            }
            var at = 0
            while at + 3 <= count {
                let three = UInt32(span[at]) << 16 | UInt32(span[at + 1]) << 8 | UInt32(span[at + 2])
                write(three >> 18)
                write(three >> 12)
                write(three >> 6)
                write(three)
                at += 3
            }
            guard at < count else { return }
            let rest = UInt32(span[at]) << 16 | (at + 1 < count ? UInt32(span[at + 1]) << 8 : 0)
            write(rest >> 18)
            write(rest >> 12)
            if at + 1 < count { write(rest >> 6) }
        }
    }

    public static func decode(_ text: String) -> [UInt8]? { decode(text.utf8) }

    /// `nil` for padding, blanks, any other alphabet, an impossible length, and for unused bits that are not zero:
    /// each byte string has exactly one text, so that no token or id has a second spelling.
    public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? { decode(Array(text)[...]) }

    public static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let count = text.count
        guard count % 4 != 1 else { return nil }
        let span = text.span
        let values = values.span
        func value(_ place: Int) -> UInt32 { values[Int(span[place])] }
        var isGood = true
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count / 4 * 3 + 2) { output, filled in
            var at = 0
            while at + 4 <= count {
                let four =
                    value(at) << 18 | value(at + 1) << 12 | value(at + 2) << 6 | value(at + 3)
                isGood = isGood && four < 1 << 24
                unsafe output[filled] = UInt8(truncatingIfNeeded: four >> 16)
                unsafe output[filled + 1] = UInt8(truncatingIfNeeded: four >> 8)
                unsafe output[filled + 2] = UInt8(truncatingIfNeeded: four)
                at += 4
                filled += 3
            }
            guard at < count else { return }
            let third = at + 2 < count ? value(at + 2) : 0
            let rest = value(at) << 18 | value(at + 1) << 12 | third << 6
            unsafe output[filled] = UInt8(truncatingIfNeeded: rest >> 16)
            filled += 1
            if at + 2 < count {
                unsafe output[filled] = UInt8(truncatingIfNeeded: rest >> 8)
                filled += 1
            }
            // No bit may be left over that says nothing.
            isGood = isGood && rest < 1 << 24 && rest & (at + 2 < count ? 0xFF : 0xFFFF) == 0
        }
        return isGood ? bytes : nil
    }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Has all the bits that no digit has, so that four values together show it wherever it stands.
    private static let noDigit = ~UInt32(63)

    /// Of each octet: 0 to 63, or ``noDigit``.
    private static let values: [UInt32] = (0..<256).map { digit in
        switch digit {
        case 65...90: UInt32(digit) - 65
        case 97...122: UInt32(digit) - 71
        case 48...57: UInt32(digit) + 4
        case 45: 62
        case 95: 63
        default: noDigit
        }
    }
}
