/// The forms that text takes in a mail: header fields of ASCII and short lines, bodies that every server passes on.
public enum MailText {
    /// Whether a text may stand in a header field: nothing in it ends a line or is a control character.
    public static func isLine(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: false
            default: true
            }
        }
    }

    /// Unstructured text for a header field: as it is where it is short and ASCII, otherwise encoded words (RFC 2047)
    /// that are folded one to a line.
    static func field(_ text: String, after taken: Int) -> String {
        let bytes = Array(text.utf8)
        let isPlain = bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !holdsEncodedWord(bytes)
        if isPlain, taken + bytes.count <= lineLength, bytes.first != 0x20, bytes.last != 0x20 { return text }
        return words(text).joined(separator: "\r\n ")
    }

    /// A display name before an address (RFC 5322 §3.4).
    static func phrase(_ name: String, after taken: Int) -> String {
        let isAtoms = name.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x20
                || byte == 0x2D || byte == 0x27
        }
        if isAtoms { return field(name, after: taken) }
        let isQuotable = name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
        if isQuotable, taken + name.utf8.count + 2 <= lineLength { return "\"\(name)\"" }
        return words(name).joined(separator: "\r\n ")
    }

    /// Quoted-printable (RFC 2045 §6.7), its lines ended by CR LF. A line feed in the text ends a line; whatever a server
    /// might change on the way is encoded.
    static func quotedPrintable(_ text: String) -> [UInt8] {
        var encoded: [UInt8] = []
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            encode(Array(line), into: &encoded)
            encoded += [0x0D, 0x0A]
        }
        // The text's last line feed ended its last line.
        if text.utf8.last == 0x0A { encoded.removeLast(2) }
        return encoded
    }

    private static let lineLength = 76

    private static func encode(_ line: [UInt8], into encoded: inout [UInt8]) {
        var width = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let mustNotBegin = width == 0 && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "F"))
            let isPlain =
                (byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "=") && !mustNotBegin)
                || (byte == 0x20 && !isLast)
            let needed = isPlain ? 1 : 3
            // A soft line break takes one more, unless the line ends here.
            if width + needed > (isLast ? lineLength : lineLength - 1) {
                encoded += Array("=\r\n".utf8)
                width = 0
            }
            if isPlain {
                encoded.append(byte)
            } else {
                encoded.append(UInt8(ascii: "="))
                encoded.append(hex(byte >> 4))
                encoded.append(hex(byte & 0x0F))
            }
            width += needed
        }
    }

    private static func hex(_ digit: UInt8) -> UInt8 { digit < 10 ? 48 + digit : 55 + digit }

    /// Each holds whole characters and is at most 75 bytes long (RFC 2047 §2).
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var held: [UInt8] = []
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if held.count + bytes.count > 45 {
                words.append(word(held))
                held = []
            }
            held += bytes
        }
        if !held.isEmpty || words.isEmpty { words.append(word(held)) }
        return words
    }

    private static func word(_ bytes: [UInt8]) -> String { "=?UTF-8?B?\(Base64.encode(bytes))?=" }

    private static func holdsEncodedWord(_ bytes: [UInt8]) -> Bool {
        zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: "=") && $1 == UInt8(ascii: "?") }
    }
}

/// Base64 with padding (RFC 4648 §4).
enum Base64 {
    static func encode(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encoded(bytes).map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        let padding = [UInt8](repeating: UInt8(ascii: "="), count: (4 - text.count % 4) % 4)
        return String(decoding: text + padding, as: UTF8.self)
    }
}
