internal import Crypto
internal import Domain

/// A private or secret key as JSON (RFC 7518 §6, RFC 8037 §2), brought from another system.
public struct PrivateJWK: Sendable {
    public let key: SigningKey
    /// The name it had there; `nil` where it had none.
    public let kid: String?

    /// Reads a key that signs. An RSA key is checked, which takes as long as making one.
    ///
    /// The public half in the JSON must be the private half's: a key that signs under another's name is refused.
    public init(json: JSON) throws(JWK.Problem) {
        guard case .object = json else { throw .notAnObject }
        kid = try Self.kid(json)
        switch try JWK.algorithm(of: json, operation: "sign") {
        case .es256:
            let point = try JWK.point(json)
            guard let key = ES256.PrivateKey(scalar: try Self.secret(json, "d")) else { throw .malformed }
            guard key.publicKey == point else { throw .inconsistent }
            self.key = .es256(key)
        case .eddsa:
            let point = try JWK.edwardsPoint(json)
            guard let key = EdDSA.PrivateKey(seed: try Self.secret(json, "d")) else { throw .malformed }
            guard key.publicKey == point else { throw .inconsistent }
            self.key = .eddsa(key)
        case .rs256: key = .rs256(try Self.rsa(json))
        case .hs256:
            guard let key = HS256.Key(try Self.secret(json, "k")) else { throw .unacceptable }
            self.key = .hs256(key)
        }
    }

    /// A name that is printed and compared must be printable, and no longer than anybody needs.
    private static func kid(_ json: JSON) throws(JWK.Problem) -> String? {
        guard let value = json["kid"] else { return nil }
        guard let kid = value.string, (1...128).contains(kid.utf8.count),
            kid.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .malformed }
        return kid
    }

    private static func rsa(_ json: JSON) throws(JWK.Problem) -> RS256.PrivateKey {
        let (modulus, exponent) = try JWK.rsaNumbers(json)
        guard json["oth"] == nil else { throw .unsupported }
        guard RS256.PublicKey(modulus: modulus, exponent: exponent) != nil else { throw .unacceptable }
        let key = RS256.PrivateKey(
            modulus: modulus, exponent: exponent, d: try secret(json, "d"),
            primes: (try secret(json, "p"), try secret(json, "q")),
            exponents: (try secret(json, "dp"), try secret(json, "dq")), coefficient: try secret(json, "qi"))
        guard let key else { throw .inconsistent }
        return key
    }

    private static func secret(_ json: JSON, _ name: String) throws(JWK.Problem) -> Secret {
        guard let bytes = json[name]?.string.flatMap(Base64URL.decode), !bytes.isEmpty else { throw .malformed }
        return Secret(bytes)
    }
}

extension JWK {
    /// The one algorithm of the key's kind; what the JSON says about its use must agree.
    static func algorithm(of json: JSON, operation: String) throws(Problem) -> SigningAlgorithm {
        let algorithm: SigningAlgorithm
        switch (json["kty"]?.string, json["crv"]?.string) {
        case ("EC", "P-256"): algorithm = .es256
        case ("OKP", "Ed25519"): algorithm = .eddsa
        case ("RSA", nil): algorithm = .rs256
        case ("oct", nil): algorithm = .hs256
        default: throw .unsupported
        }
        // `Ed25519` is the name that RFC 9864 §2.2 gives to EdDSA with this curve.
        let names = algorithm == .eddsa ? ["EdDSA", "Ed25519"] : [algorithm.rawValue]
        if let name = json["alg"], !names.contains(where: { name == .string($0) }) { throw .unsupported }
        guard json["use"] ?? "sig" == "sig" else { throw .unsupported }
        if let operations = json["key_ops"] {
            guard let list = operations.array, list.contains(.string(operation)) else { throw .unsupported }
        }
        return algorithm
    }

    static func point(_ json: JSON) throws(Problem) -> ES256.PublicKey {
        guard let x = json["x"]?.string.flatMap(Base64URL.decode), x.count == ES256.scalarCount,
            let y = json["y"]?.string.flatMap(Base64URL.decode), y.count == ES256.scalarCount
        else { throw .malformed }
        guard let key = ES256.PublicKey(x: x, y: y) else { throw .notOnCurve }
        return key
    }

    static func edwardsPoint(_ json: JSON) throws(Problem) -> EdDSA.PublicKey {
        guard let x = json["x"]?.string.flatMap(Base64URL.decode), x.count == EdDSA.keyCount else { throw .malformed }
        guard let key = EdDSA.PublicKey(x) else { throw .notOnCurve }
        return key
    }

    /// Modulus and exponent; in their shortest form, as RFC 7518 §2 wants them.
    static func rsaNumbers(_ json: JSON) throws(Problem) -> (modulus: [UInt8], exponent: [UInt8]) {
        guard let modulus = json["n"]?.string.flatMap(Base64URL.decode), modulus.first ?? 0 != 0,
            let exponent = json["e"]?.string.flatMap(Base64URL.decode), exponent.first ?? 0 != 0
        else { throw .malformed }
        return (modulus, exponent)
    }
}
