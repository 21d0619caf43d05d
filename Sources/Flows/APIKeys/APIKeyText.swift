internal import Crypto
internal import Domain
internal import Standards

/// An API key as its holder has it: `aldrava_` and the base64url of id (16) ‖ secret (32).
///
/// The prefix lets a search through source code and logs find keys that got there. Only a digest of the secret is kept.
struct APIKeyText: Sendable {
    static let prefix = "aldrava_"
    /// In characters; all keys are as long.
    static let textCount = 72
    static let secretCount = 32
    private static let idCount = 16
    let id: ID<APIKey>
    let secret: Secret

    init(id: ID<APIKey>, secret: Secret) {
        self.id = id
        self.secret = secret
    }

    /// `nil` for what cannot be a key; it is not looked for then.
    init?(_ text: ArraySlice<UInt8>) {
        guard text.count == Self.textCount, text.starts(with: Self.prefix.utf8),
            let bytes = Base64URL.decode(text.dropFirst(Self.prefix.utf8.count)),
            let id = ID<APIKey>(
                bytes: bytes[..<Self.idCount])
        else { return nil }
        self.init(id: id, secret: Secret(Array(bytes[Self.idCount...])))
    }

    var text: String { Self.prefix + Base64URL.encode(id.bytes + secret.exposed) }

    /// SHA-256: there is nothing to guess in a secret that nobody chose.
    var digest: [UInt8] { Digest.sha256(secret.exposed) }
}
