internal import Domain
internal import Flows
internal import HTTP

/// `GET /.well-known/jwks.json`: the keys that check access tokens (RFC 7517 §5).
///
/// Cached for five minutes; a new key is therefore published longer than that before it signs, see ``SigningKeyRing``.
struct JWKSDocument: Sendable {
    let signingKeys: SigningKeys
    let realm: RealmName

    static let sentence = "The public keys that check access tokens, as a JWK set."
    static let shape = SchemaDescription.object([
        .init(
            name: "keys", isRequired: true, shape: .array(.anyObject, count: 0...64),
            sentence: "Public keys as JWKs (RFC 7517 §4).")
    ])

    func callAsFunction(_ request: Request) -> Response {
        guard let body = signingKeys.jwks(of: realm) else { return Problem.notFound.response }
        let tag = Self.entityTag(of: body)
        var headers = Headers()
        headers.add("Cache-Control", "public, max-age=\(SigningKeyRing.documentAge.components.seconds)")
        headers.add("ETag", tag)
        headers.add("X-Content-Type-Options", "nosniff")
        if Self.matches(request.headers.values(of: "If-None-Match"), tag) {
            return Response(status: 304, headers: headers)
        }
        headers.add("Content-Type", "application/json")
        return Response(status: 200, headers: headers, body: body)
    }

    /// FNV-1a, 64 bits: the tag tells versions apart and protects nothing.
    private static func entityTag(of body: [UInt8]) -> String {
        let hash = body.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        return "\"\(String(hash, radix: 16))\""
    }

    /// `*`, or a list that holds the tag; weak and strong compare alike (RFC 9110 §13.1.2).
    private static func matches(_ values: [String], _ tag: String) -> Bool {
        values.joined(separator: ",").split(separator: ",").contains { entry in
            let entry = entry.drop { $0 == " " || $0 == "\t" }
            let bare = entry.hasPrefix("W/") ? entry.dropFirst(2) : entry
            let trimmed = bare.prefix { $0 != " " && $0 != "\t" }
            return trimmed == "*" || trimmed == tag
        }
    }
}
