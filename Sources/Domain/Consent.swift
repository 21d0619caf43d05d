/// A text that people are asked to agree to, or a purpose that they may allow.
public struct TermsDocument: Hashable, Sendable {
    /// As in ``AccessName``: `terms`, `privacy`, `newsletter`.
    public let name: String
    /// Counts up; whoever agreed to an older one has to agree anew where it is required.
    public let version: Int64
    /// Where it can be read.
    public let url: String?
    /// SHA-256 of the text in hexadecimal digits, where somebody wants to prove which words were agreed to.
    public let digest: String?
    /// Whether nobody may have an account without it.
    public let isRequired: Bool

    public init(name: String, version: Int64, url: String? = nil, digest: String? = nil, isRequired: Bool = false) {
        self.name = name
        self.version = version
        self.url = url
        self.digest = digest
        self.isRequired = isRequired
    }

    public static let versions: ClosedRange<Int64> = 1...1_000_000

    /// As people and programs write it: `terms@2`.
    public var reference: String { "\(name)@\(version)" }
}

/// One decision of one person about one version of one document. Its rows are never changed, only followed by others.
public enum Consent {}
