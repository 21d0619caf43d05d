internal import HTTP

/// Where the server listens, as the operator wrote it.
public enum ListenText: Hashable, Sendable, CustomStringConvertible {
    /// `host` is an address, IPv6 without its brackets, or `localhost`.
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// `address:port`, `localhost:port`, `[v6]:port` or `unix:/path`; anything else is `nil`.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), path.utf8.count > 1, path.utf8.allSatisfy({ $0 > 0x20 }) else { return nil }
            self = .unix(path: path)
            return
        }
        guard let parts = HostAndPort(text), let port = parts.port,
            parts.host == "localhost" || IPAddress(parts.host) != nil
        else { return nil }
        self = .tcp(host: parts.host, port: port)
    }

    /// True for a Unix socket: whoever may connect to it is a proxy of the operator's.
    public var isSocket: Bool { if case .unix = self { true } else { false } }

    /// The form that ``init(_:)`` reads.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}

/// One address for clients, and what is spoken there.
public struct ListenPoint: Hashable, Sendable {
    public let address: ListenText
    public let isTLS: Bool

    public init(address: ListenText, isTLS: Bool) {
        self.address = address
        self.isTLS = isTLS
    }
}

/// What `ALDRAVA_LISTEN` may be besides an address.
enum ListenSetting {
    static func parse(_ text: String) -> ListenText?? {
        text == "off" ? .some(nil) : ListenText(text).map { .some($0) }
    }

    /// TLS on a Unix socket would protect nothing: who can listen in there is the same user.
    static func parseTLS(_ text: String) -> ListenText?? {
        guard let listen = ListenText(text), !listen.isSocket else { return nil }
        return .some(listen)
    }
}

/// The two files of one certificate; the same path twice where one file holds both.
public struct CertificateText: Hashable, Sendable, CustomStringConvertible {
    public let certificate: String
    public let key: String

    /// `certificate.pem:key.pem`, or one path.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }),
            let first = parts.first, let last = parts.last
        else { return nil }
        certificate = String(Substring(first))
        key = String(Substring(last))
    }

    public var description: String { "\(certificate):\(key)" }
}

/// The part of a URL that RFC 3986 §3.2 calls the authority, without user information.
struct HostAndPort {
    let host: String
    let port: UInt16?
    let isAddress6: Bool

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        let hostEnd: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = String(decoding: bytes[1..<bracket], as: UTF8.self)
            guard host.utf8.contains(UInt8(ascii: ":")), IPAddress(host) != nil else { return nil }
            isAddress6 = true
            hostEnd = bracket + 1
        } else {
            hostEnd = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.count
            host = String(decoding: bytes[..<hostEnd], as: UTF8.self)
            guard Self.isName(bytes[..<hostEnd]) else { return nil }
            isAddress6 = false
        }
        guard hostEnd < bytes.count else {
            port = nil
            return
        }
        let digits = bytes[(hostEnd + 1)...]
        guard bytes[hostEnd] == UInt8(ascii: ":"), (1...5).contains(digits.count),
            digits.allSatisfy({ (48...57).contains($0) }), let number = UInt16(String(decoding: digits, as: UTF8.self))
        else { return nil }
        port = number
    }

    /// True for the host itself only: `localhost`, names below it (RFC 6761 §6.3), 127.0.0.0/8 and ::1.
    var isLoopback: Bool {
        let name = host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        if isAddress6 { return IPAddress(host) == IPAddress("::1") }
        return name.hasPrefix("127.") && IPAddress(name) != nil
    }

    private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard (1...253).contains(bytes.count), bytes.first != 0x2D, bytes.first != 0x2E else { return false }
        return bytes.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 0x2D
                || byte == 0x2E || byte == 0x5F
        }
    }
}

/// The server's own origin.
enum PublicURL {
    /// An origin, in lower case; http only where nobody can listen in, on a loopback host.
    static func check(_ text: String) -> String? {
        guard let origin = Origin(text)?.description else { return nil }
        let isSecure = origin.hasPrefix("https://")
        guard let authority = HostAndPort(String(origin.dropFirst((isSecure ? "https://" : "http://").count))),
            authority.port != 0, isSecure || authority.isLoopback
        else { return nil }
        return origin
    }

    /// Of a URL that ``check(_:)`` has accepted.
    static func isLoopback(_ url: String) -> Bool {
        url.utf8.firstIndex(of: UInt8(ascii: "/")).flatMap { HostAndPort(String(url[$0...].dropFirst(2))) }?.isLoopback
            ?? false
    }

    /// Its host, IPv6 without brackets, of a URL that ``check(_:)`` has accepted.
    static func host(of url: String) -> String {
        url.utf8.firstIndex(of: UInt8(ascii: "/")).flatMap { HostAndPort(String(url[$0...].dropFirst(2))) }?.host ?? ""
    }

    /// The address itself where that works as a URL; `nil` for sockets, open ports and hosts that others can reach.
    static func from(_ point: ListenPoint) -> String? {
        guard case .tcp(let host, let port) = point.address else { return nil }
        let authority = "\(ListenText.tcp(host: host, port: port))"
        guard HostAndPort(authority)?.isLoopback == true else { return nil }
        let isUsual = port == (point.isTLS ? 443 : 80)
        let text = isUsual ? String(authority.dropLast("\(port)".utf8.count + 1)) : authority
        return check((point.isTLS ? "https://" : "http://") + text)
    }
}

enum ProxyText {
    /// One address, or a block in CIDR notation (RFC 4632 §3.1).
    static func parse(_ text: String) -> AddressBlock? { AddressBlock(text) }
}
