internal import HTTP

/// What an origin's host is, and whether it may be trusted with credentials.
enum WebHost {
    /// In the one spelling that requests' hosts are looked up by.
    static func name(of origin: Origin) -> String { name(of: origin.description) }

    /// The same of a URL that begins with an origin.
    static func name(of url: String) -> String {
        let rest = url.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        return Authority.canonical(authority, isSecure: url.hasPrefix("https://")) ?? String(Substring(authority))
    }

    /// Over TLS, or where nobody can listen in: on a loopback host.
    static func isSafe(_ origin: Origin) -> Bool {
        origin.description.hasPrefix("https://") || isLoopback(name(of: origin))
    }

    /// The origin of an absolute URL without fragment and user information, whose bytes are all visible ASCII and none of
    /// which a browser would change or a field of a head could not hold.
    static func origin(ofAddress text: String) -> Origin? {
        let refused = Array(#""<>\^`{|}#"#.utf8)
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !refused.contains($0) }) else { return nil }
        let bytes = Array(text.utf8)
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")), bytes.dropFirst(slash + 1).first == 0x2F else {
            return nil
        }
        let end = bytes[(slash + 2)...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }
        return Origin(String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self))
    }

    /// `localhost`, names below it (RFC 6761 §6.3), 127.0.0.0/8 and ::1.
    private static func isLoopback(_ authority: String) -> Bool {
        let bytes = Array(authority.utf8)
        if bytes.first == UInt8(ascii: "[") {
            let inside = bytes.dropFirst().prefix { $0 != UInt8(ascii: "]") }
            return IPAddress(String(decoding: inside, as: UTF8.self)) == IPAddress("::1")
        }
        let host = bytes.prefix { $0 != UInt8(ascii: ":") }
        let local = Array("localhost".utf8)
        if host.elementsEqual(local) || host.reversed().starts(with: (Array(".".utf8) + local).reversed()) {
            return true
        }
        return host.starts(with: "127.".utf8) && IPAddress(String(decoding: host, as: UTF8.self)) != nil
    }
}
