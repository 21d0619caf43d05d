internal import Domain
internal import Flows
internal import HTTP

/// `GET /.well-known/jwks.json`: the keys that check access tokens (RFC 7517 §5).
///
/// Cached for five minutes; a new key is therefore published longer than that before it signs, see ``SigningKeyRing``.
struct JWKSDocument: Sendable {
    let signingKeys: SigningKeys

    static let caching = DocumentCaching(
        maxAge: Int(SigningKeyRing.documentAge.components.seconds), isCompressed: false)
    static let description = RouteDescription(
        sentence: "The public keys that check access tokens, as a JWK set.",
        response: .named(
            "JWKSet",
            .object([
                .init(
                    name: "keys", isRequired: true, shape: .array(.anyObject, count: 0...64),
                    sentence: "Public keys as JWKs (RFC 7517 §4).")
            ])), caching: caching)

    func callAsFunction(_ request: Request, _ realm: Realm) -> Response {
        guard let body = signingKeys.jwks(of: realm) else { return Problem.notFound.response }
        return Self.caching.answer(request, DocumentVersion(body, isCompressed: false), media: "application/json")
    }
}
