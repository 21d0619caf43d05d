/// A username as typed, beside the one form in which usernames are compared.
///
/// Made by `Standards`, which owns the Unicode tables; `Domain` only keeps the two apart.
public struct Username: Sendable, CustomStringConvertible {
    /// NFC of what the person typed; 1 to 64 code points.
    public let text: String
    /// NFKC with case folding. Unique per realm.
    public let key: String

    package init(text: String, key: String) {
        self.text = text
        self.key = key
    }

    public var description: String { text }
}

/// A mail address as typed, beside the one form in which addresses are compared.
public struct EmailAddress: Sendable, CustomStringConvertible {
    /// NFC of what the person typed; at most 120 characters and 254 bytes (RFC 5321 §4.5.3.1.3).
    public let text: String
    /// Local part NFC and case-folded, domain as lower-case A-labels (RFC 5891). Unique per realm.
    public let key: String

    package init(text: String, key: String) {
        self.text = text
        self.key = key
    }

    public var description: String { text }

    /// Whether mail to one certainly reaches whoever reads the other's: they are written alike, but for the case of ASCII
    /// letters. Addresses of the same ``key`` may be two mailboxes (`boſs@` and `boss@`), so the key alone proves nothing of
    /// whose an account is.
    package func isSameMailbox(as other: EmailAddress) -> Bool {
        func local(_ address: EmailAddress) -> [UInt8] {
            address.text.utf8.prefix { $0 != UInt8(ascii: "@") }.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        }
        return key.utf8.elementsEqual(other.key.utf8) && local(self) == local(other)
    }
}
