internal import Crypto
internal import Domain
internal import Standards

/// The code by which a session is handed to an application's own host: 256 random bits, of which the database keeps
/// the digest alone.
struct HandoverCodeText: Sendable {
    private static let byteCount = 32
    private static let textCount = 43
    /// base64url, for a URL.
    let text: String
    /// SHA-256 of the bytes, not of the text.
    let digest: [UInt8]

    static func make(_ capabilities: Capabilities) -> HandoverCodeText {
        HandoverCodeText(bytes: capabilities.random(byteCount))
    }

    /// `nil` for what cannot be a code; it is not looked for then.
    init?(_ text: ArraySlice<UInt8>) {
        guard text.count == Self.textCount, let bytes = Base64URL.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    private init(bytes: [UInt8]) {
        text = Base64URL.encode(bytes)
        digest = Digest.sha256(bytes)
    }
}
