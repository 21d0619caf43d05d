/// Everything that can be wrong with a signed token. The client hears one answer for all of them; the reason is
/// for the event and for tests.
public enum JWTRefusal: String, Error, CaseIterable, Sendable {
    /// More than ``JWS/longest`` bytes.
    case tooLong
    /// Not three parts of base64url with a JSON object as the first (RFC 7515 §7.1).
    case malformed
    /// `crit` is present: we understand no extension that must be understood (RFC 7515 §4.1.11).
    case criticalExtension
    /// `jku`, `jwk`, `x5u` or `x5c` is present: a token never brings its own key (RFC 8725 §3.10).
    case bringsKey
    /// `typ` is not the one this kind of token has (RFC 8725 §3.11).
    case wrongType
    case missingKeyID
    /// No key of exactly that name.
    case unknownKey
    /// `alg` is not the key's own algorithm: `none`, HS256 with a public key as the secret, or anything else
    /// (RFC 8725 §3.1).
    case wrongAlgorithm
    case badSignature
    /// The payload is not a JSON object, or a registered claim has the wrong type (RFC 7519 §4.1).
    case malformedClaims
    case wrongIssuer
    case wrongAudience
    case missingExpiry
    case expired
    case missingIssuedAt
    case issuedInFuture
    case notYetValid
}
