/// Where the ranges of breached passwords are kept.
public enum BreachedPlace: Hashable, Sendable, CustomStringConvertible {
    case folder(String)
    /// A URL over TLS, without a trailing slash.
    case server(String)

    static let allowed = "a path, or an https:// URL such as https://api.pwnedpasswords.com/range"

    init?(_ text: String) {
        guard text.utf8.starts(with: "https://".utf8) else {
            guard !text.utf8.starts(with: "http://".utf8), let path = DataPath.check(text) else { return nil }
            self = .folder(path)
            return
        }
        var url = text
        while url.utf8.last == UInt8(ascii: "/") { url.removeLast() }
        guard (9...2_048).contains(url.utf8.count), url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self = .server(url)
    }

    public var description: String {
        switch self {
        case .folder(let path): path
        case .server(let url): url
        }
    }
}
