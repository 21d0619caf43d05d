/// The signature algorithms that this server knows (RFC 7518 §3.1, RFC 8037 §3.1). Anything else does not exist here.
public enum SigningAlgorithm: String, CaseIterable, Sendable {
    case es256 = "ES256"
    case eddsa = "EdDSA"
    case rs256 = "RS256"
    /// Its tokens can be checked by this server only: whoever checks them could make them.
    case hs256 = "HS256"

    /// False where the key that checks is the key that signs; it is then published nowhere.
    public var isPublic: Bool { self != .hs256 }
}
