internal import Crypto
internal import Domain

/// A public key as JSON (RFC 7517): how others learn to check our signatures.
public struct JWK: Hashable, Sendable {
    public let key: VerificationKey
    /// The name that tokens call the key by.
    public let kid: String

    /// `kid` is the key's thumbprint unless it has another name.
    public init(_ key: VerificationKey, kid: String? = nil) {
        self.key = key
        self.kid = kid ?? Self.thumbprint(of: Self.parameters(of: key)) ?? ""
    }

    /// Why JSON is not a key that we take.
    public enum Problem: String, Error, CaseIterable, Sendable {
        case notAnObject
        /// Another `kty`, `crv`, `alg` or `use` than signing with a known algorithm.
        case unsupported
        case missingKeyID
        /// A parameter that is absent, not base64url, or not 32 bytes.
        case malformed
        /// The coordinates name no point of the curve (RFC 8725 §3.4).
        case notOnCurve
        /// Holds a private key, which has no business where public keys are read.
        case isPrivate
    }

    /// Reads a public key for signatures.
    public init(json: JSON) throws(Problem) {
        guard case .object = json else { throw .notAnObject }
        guard json["d"] == nil, json["k"] == nil else { throw .isPrivate }
        guard json["kty"] == "EC", json["crv"] == "P-256", json["alg"] ?? "ES256" == "ES256",
            json["use"] ?? "sig" == "sig"
        else { throw .unsupported }
        guard let kid = json["kid"]?.string, !kid.isEmpty else { throw .missingKeyID }
        guard let x = json["x"]?.string.flatMap(Base64URL.decode), x.count == ES256.scalarCount,
            let y = json["y"]?.string.flatMap(Base64URL.decode), y.count == ES256.scalarCount
        else { throw .malformed }
        guard let key = ES256.PublicKey(x: x, y: y) else { throw .notOnCurve }
        self.init(.es256(key), kid: kid)
    }

    /// With `kid`, `use` and `alg`, so that nobody has to guess what the key is for.
    public var json: JSON {
        .object(
            Self.parameters(of: key) + [
                JSON.Member("kid", .string(kid)), JSON.Member("use", "sig"),
                JSON.Member("alg", .string(key.algorithm.rawValue)),
            ])
    }

    /// The members that make the key, in the order of their names.
    private static func parameters(of key: VerificationKey) -> [JSON.Member] {
        switch key {
        case .es256(let key):
            [
                JSON.Member("crv", "P-256"), JSON.Member("kty", "EC"),
                JSON.Member("x", .string(Base64URL.encode(key.x))), JSON.Member("y", .string(Base64URL.encode(key.y))),
            ]
        }
    }

    /// base64url of the SHA-256 of the key's required members (RFC 7638 §3), for any `kty` that has them defined.
    ///
    /// `nil` where `kty` is unknown or a required member is missing.
    public static func thumbprint(of json: JSON) -> String? { json.members.flatMap { thumbprint(of: $0) } }

    private static func thumbprint(of members: [JSON.Member]) -> String? {
        let json = JSON.object(members)
        let names: [String]
        switch json["kty"]?.string {
        case "EC": names = ["crv", "kty", "x", "y"]
        case "RSA": names = ["e", "kty", "n"]
        case "OKP": names = ["crv", "kty", "x"]
        case "oct": names = ["k", "kty"]
        default: return nil
        }
        var required: [JSON.Member] = []
        for name in names {
            guard let value = json[name], value.string != nil else { return nil }
            required.append(JSON.Member(name, value))
        }
        return Base64URL.encode(Digest.sha256(JSON.object(required).bytes))
    }
}

/// A set of public keys (RFC 7517 §5).
public struct JWKSet: Hashable, Sendable {
    public let keys: [JWK]

    public init(_ keys: [JWK]) { self.keys = keys }

    /// Keys of kinds we do not know are passed over, as RFC 7517 §5 asks; broken ones are not.
    public init(json: JSON) throws(JWK.Problem) {
        guard let elements = json["keys"]?.array else { throw .notAnObject }
        var keys: [JWK] = []
        for element in elements {
            do throws(JWK.Problem) { keys.append(try JWK(json: element)) } catch {
                guard case .unsupported = error else { throw error }
            }
        }
        self.keys = keys
    }

    public var json: JSON { ["keys": .array(keys.map(\.json))] }

    /// The key of exactly that name; never another one instead.
    public func key(_ kid: String) -> VerificationKey? {
        keys.first { $0.kid.utf8.elementsEqual(kid.utf8) }?.key
    }
}
