/// A path on the same host, with its query and fragment, that no browser takes for anything else.
///
/// Browsers read `//host`, `/\host`, and either with tabs or line feeds in between, as another host; so what is taken
/// is narrower than what a URL may be. Everything else is for the caller to replace, never to repair.
struct LocalPath: Hashable, Sendable {
    let text: String

    static let longest = 2_048

    /// `nil` unless it begins with exactly one slash, and holds visible ASCII without `\`, quotes, brackets and dot
    /// segments, and no encoded controls or backslashes.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= Self.longest, bytes.dropFirst().first != bytes[0],
            Self.areHarmless(bytes), !Self.hasDotSegment(bytes)
        else { return nil }
        self.text = text
    }

    private init(known text: StaticString) { self.text = text.description }

    static let root = LocalPath(known: "/")

    private static func areHarmless(_ bytes: [UInt8]) -> Bool {
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x21, 0x23, 0x24, 0x26...0x3B, 0x3D, 0x3F...0x5A, 0x5B, 0x5D, 0x5F, 0x61...0x7A, 0x7E: continue
            case UInt8(ascii: "%"):
                guard let octet = octet(bytes, at: index), octet >= 0x20, octet != 0x7F, octet != 0x5C
                else { return false }
            default: return false
            }
        }
        return true
    }

    /// What the two digits after a `%` stand for.
    private static func octet(_ bytes: [UInt8], at percent: Int) -> UInt8? {
        guard percent + 2 < bytes.count, let high = digit(bytes[percent + 1]), let low = digit(bytes[percent + 2])
        else { return nil }
        return high << 4 | low
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    /// Browsers take `%2e` for a dot (WHATWG URL, "double-dot URL path segment").
    private static func hasDotSegment(_ bytes: [UInt8]) -> Bool {
        let end = bytes.firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.count
        return bytes[..<end].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true).contains { segment in
            let plain = String(decoding: segment.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
            return ["." as String, "..", "%2e", ".%2e", "%2e.", "%2e%2e"].contains(plain)
        }
    }
}
