/// The name of an isolated population; part of every key, query, token and cache key.
///
/// It never changes once a realm exists, because keys are derived from it.
public struct RealmName: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// `[a-z0-9][a-z0-9-]{0,31}`; anything else is `nil`.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        func isPlain(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
        guard let first = bytes.first, bytes.count <= 32, isPlain(first),
            bytes.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "-") })
        else { return nil }
        self.text = text
    }

    private init(known text: String) { self.text = text }

    /// Where sign-up goes unless somebody says otherwise. An ordinary realm.
    public static let standard = RealmName(known: "default")
    /// Operators of the server itself. Its credentials are valid on no realm's own routes.
    public static let system = RealmName(known: "system")

    public var description: String { text }

    /// What ``init(_:)`` takes, for people.
    public static let rule =
        "must be 1 to 32 lower-case letters, digits and hyphens, beginning with a letter or digit"

    /// Names that no new realm may have: the two that always exist, and words that stand in paths, in hosts or in code,
    /// where a realm of that name would be taken for something else.
    public static let reserved: [String] = [
        "account", "admin", "administrator", "aldrava", "all", "any", "api", "apis", "app", "apps", "assets", "audit",
        "auth", "callback", "console", "dashboard", "dbstatus", "default", "docs", "false", "favicon", "health", "help",
        "host", "internal", "localhost", "login", "logout", "mail", "me", "metrics", "new", "nil", "nobody", "none",
        "null", "oauth", "oauth2", "oidc", "openapi", "public", "ready", "realm", "realms", "refresh", "register",
        "root", "self", "server", "sessions", "settings", "signin", "signup", "static", "status", "support", "system",
        "token", "true", "undefined", "user", "users", "well-known", "www",
    ]

    /// Also true for the two that exist already.
    public var isReserved: Bool { Self.reserved.contains { $0.utf8.elementsEqual(text.utf8) } }
}
