public import Domain
internal import HTTP

enum DataPath {
    /// Without trailing slashes and control characters; `nil` for an empty path.
    static func check(_ text: String) -> String? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        var path = text
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}

enum NodeName {
    static func check(_ text: String) -> String? {
        let isValid = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x2D
                || byte == 0x2E || byte == 0x5F
        }
        return isValid && (1...64).contains(text.utf8.count) ? text : nil
    }
}

enum DatabaseText {
    /// A PostgreSQL URL; what is behind the scheme is the driver's to judge.
    static func check(_ text: String) -> Secret?? {
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://"),
            text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return nil }
        return Secret(utf8: text)
    }

    /// As user information (`user:password@`, RFC 3986 §3.2.1) or as one of libpq's parameters.
    static func holdsPassword(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        let start = (bytes.firstIndex(of: UInt8(ascii: ":")) ?? 0) + 3
        let end = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.count
        if start < end, let at = bytes[start..<end].lastIndex(of: UInt8(ascii: "@")),
            bytes[start..<at].contains(UInt8(ascii: ":"))
        {
            return true
        }
        return bytes[end...].split { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "&") }
            .contains { $0.starts(with: "password=".utf8) || $0.starts(with: "sslpassword=".utf8) }
    }
}

/// How a master key is written.
public enum KeyText {
    /// 32 bytes from 64 hex digits or from base64 in either alphabet, padded or not; anything else is `nil`.
    public static func parse(_ text: String) -> Secret? {
        let bytes = text.utf8.count == 64 ? hex(text) : base64(text)
        guard let bytes, bytes.count == 32 else { return nil }
        return Secret(bytes)
    }

    private static func hex(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for byte in text.utf8 {
            let digit: UInt8
            switch byte {
            case 48...57: digit = byte - 48
            case 65...70: digit = byte - 55
            case 97...102: digit = byte - 87
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }

    private static func base64(_ text: String) -> [UInt8]? {
        let unpadded = text.hasSuffix("=") ? text.dropLast() : text[...]
        guard unpadded.utf8.count == 43 else { return nil }
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in unpadded.utf8 {
            let digit: UInt8
            switch byte {
            case 65...90: digit = byte - 65
            case 97...122: digit = byte - 71
            case 48...57: digit = byte + 4
            case UInt8(ascii: "+"), UInt8(ascii: "-"): digit = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): digit = 63
            default: return nil
            }
            bits = bits << 6 | UInt32(digit)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        return bits == 0 ? bytes : nil
    }
}

/// The name of a host, in the spelling that requests are compared with.
enum HostText {
    static func check(_ text: String) -> String? { Authority.canonical(text.utf8, isSecure: nil) }
}
