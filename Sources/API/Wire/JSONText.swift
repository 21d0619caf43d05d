extension [UInt8] {
    /// Appends a JSON string (RFC 8259 §7), quotes included.
    mutating func append(jsonString text: String) {
        append(UInt8(ascii: "\""))
        if text.utf8.allSatisfy(Self.isPlain) {
            append(contentsOf: text.utf8)
        } else {
            for byte in text.utf8 { append(jsonEscaped: byte) }
        }
        append(UInt8(ascii: "\""))
    }

    mutating func append(jsonNumber value: Int64) {
        guard value >= 10 || value < 0 else { return append(48 + UInt8(truncatingIfNeeded: value)) }
        append(contentsOf: String(value).utf8)
    }

    mutating func append(text: StaticString) {
        append(contentsOf: text.description.utf8)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != 0x7F
    }

    private mutating func append(jsonEscaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            append(UInt8(ascii: "\\"))
            append(byte)
        case 0x0A: append(contentsOf: "\\n".utf8)
        case 0x0D: append(contentsOf: "\\r".utf8)
        case 0x09: append(contentsOf: "\\t".utf8)
        case 0..<0x20, 0x7F:
            append(contentsOf: "\\u00".utf8)
            append(Self.hexDigit(byte >> 4))
            append(Self.hexDigit(byte & 0x0F))
        default: append(byte)
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }
}
