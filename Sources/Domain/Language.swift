/// A language in which people are written to; the raw value is its tag (RFC 5646).
public enum Language: String, CaseIterable, Hashable, Sendable {
    case english = "en"
    case portuguese = "pt-BR"

    /// In its own words, for whoever reads no other.
    public var ownName: String {
        switch self {
        case .english: "English"
        case .portuguese: "Português (Brasil)"
        }
    }

    /// What somebody chose; in any case, and `pt` for every Portuguese.
    public init?(chosen tag: String) { self.init(tag: Array(tag.utf8)[...]) }

    /// The same as bytes.
    package init?(tag: ArraySlice<UInt8>) {
        let primary = tag.prefix { $0 != UInt8(ascii: "-") }.map { $0 | 0x20 }
        if primary.elementsEqual("en".utf8) {
            self = .english
        } else if primary.elementsEqual("pt".utf8) {
            self = .portuguese
        } else {
            return nil
        }
    }
}
