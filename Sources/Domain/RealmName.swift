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
}
