/// Percent-encoding (RFC 3986 §2.1), with upper-case digits.
public enum PercentEncoding {
    /// - Parameter isToEncode: of each byte of the UTF-8; those that are not are left as they are.
    public static func text(_ text: String, where isToEncode: (UInt8) -> Bool) -> String {
        if !text.utf8.contains(where: isToEncode) { return text }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 2)
        for byte in text.utf8 {
            guard isToEncode(byte) else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(ascii: "%"))
            for digit in [byte >> 4, byte & 0x0F] { bytes.append(digit < 10 ? 48 + digit : 55 + digit) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Letters, digits and `-._~` (RFC 3986 §2.3), which mean the same encoded and not.
    public static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
