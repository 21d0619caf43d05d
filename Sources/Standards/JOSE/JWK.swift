internal import Crypto
internal import Domain

/// A key as JSON (RFC 7517): how others learn to check our signatures.
public struct JWK: Hashable, Sendable {
    public let key: VerificationKey
    /// The name that tokens call the key by.
    public let kid: String

    /// `kid` is the key's thumbprint unless it has another name. A secret key is named by a MAC instead: its
    /// thumbprint would be a digest of the secret (RFC 7638 §7).
    public init(_ key: VerificationKey, kid: String? = nil) {
        self.key = key
        self.kid = kid ?? Self.name(of: key)
    }

    /// Why JSON is not a key that we take.
    public enum Problem: String, Error, CaseIterable, Sendable {
        case notAnObject
        /// Another `kty`, `crv`, `alg`, `use` or `key_ops` than signing with a known algorithm.
        case unsupported
        case missingKeyID
        /// A parameter that is absent, not base64url, or not as long as it must be.
        case malformed
        /// Not a point of the curve, or not one of the large subgroup (RFC 8725 §3.4).
        case notOnCurve
        /// An RSA modulus or exponent that is not accepted, see ``Crypto/RS256``; a secret below 32 bytes.
        case unacceptable
        /// Holds a private or secret key, which has no business where public keys are read.
        case isPrivate
        /// A private key whose numbers do not belong together, or to its public half.
        case inconsistent
    }

    /// Reads a public key for signatures.
    public init(json: JSON) throws(Problem) {
        guard case .object = json else { throw .notAnObject }
        for name in ["d", "k", "p", "q", "dp", "dq", "qi", "oth"] where json[name] != nil { throw .isPrivate }
        let algorithm = try Self.algorithm(of: json, operation: "verify")
        guard algorithm.isPublic else { throw .isPrivate }
        guard let kid = json["kid"]?.string, !kid.isEmpty else { throw .missingKeyID }
        switch algorithm {
        case .es256: self.init(.es256(try Self.point(json)), kid: kid)
        case .eddsa: self.init(.eddsa(try Self.edwardsPoint(json)), kid: kid)
        case .rs256:
            let (modulus, exponent) = try Self.rsaNumbers(json)
            guard let key = RS256.PublicKey(modulus: modulus, exponent: exponent) else { throw .unacceptable }
            self.init(.rs256(key), kid: kid)
        case .hs256: throw .isPrivate
        }
    }

    /// With `kid`, `use` and `alg`, so that nobody has to guess what the key is for. A secret key has no other members.
    public var json: JSON {
        .object(
            Self.parameters(of: key) + [
                JSON.Member("kid", .string(kid)), JSON.Member("use", "sig"),
                JSON.Member("alg", .string(key.algorithm.rawValue)),
            ])
    }

    private static func name(of key: VerificationKey) -> String {
        if case .hs256(let key) = key { return Base64URL.encode(key.sign(Array("aldrava key name 1".utf8))) }
        return thumbprint(of: parameters(of: key)) ?? ""
    }

    /// The members that make the key, in the order of their names; never those that must stay secret.
    private static func parameters(of key: VerificationKey) -> [JSON.Member] {
        switch key {
        case .es256(let key):
            [
                JSON.Member("crv", "P-256"), JSON.Member("kty", "EC"),
                JSON.Member("x", .string(Base64URL.encode(key.x))), JSON.Member("y", .string(Base64URL.encode(key.y))),
            ]
        case .eddsa(let key):
            [
                JSON.Member("crv", "Ed25519"), JSON.Member("kty", "OKP"),
                JSON.Member("x", .string(Base64URL.encode(key.bytes))),
            ]
        case .rs256(let key):
            [
                JSON.Member("e", .string(Base64URL.encode(RS256.exponent))), JSON.Member("kty", "RSA"),
                JSON.Member("n", .string(Base64URL.encode(key.modulus))),
            ]
        case .hs256: [JSON.Member("kty", "oct")]
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
