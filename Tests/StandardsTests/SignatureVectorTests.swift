import Crypto
import Domain
import TestSupport
import Testing

@testable import Standards

@Suite("Signatures and keys: published vectors, and everything near to a good one")
struct SignatureVectorTests {
    @Test("RFC 7515 A.1 and A.2, RFC 7520 4.1 and 4.4, RFC 8037 A", arguments: Vector.all("jose-published"))
    func published(_ vector: Vector) throws {
        let key = try PrivateJWK(json: JSON.parse(vector.text("jwk"))).key
        let parts = vector.text("token").utf8.split(separator: UInt8(ascii: "."))
        let input = Array(parts[0]) + [UInt8(ascii: ".")] + Array(parts[1])
        let signature = try #require(Base64URL.decode(parts[2]))
        #expect(key.verificationKey.verify(signature: signature, of: input[...]))
        // All three algorithms are deterministic.
        #expect(key.sign(input) == signature)
        if let thumbprint = vector.expected("thumbprint") {
            #expect(JWK.thumbprint(of: JWK(key.verificationKey).json) == thumbprint)
            #expect(JWK(key.verificationKey).kid == thumbprint)
        }
    }

    @Test("near to a good signature", arguments: Vector.all("signatures"))
    func signature(_ vector: Vector) throws {
        let key = try Self.key(JSON.parse(vector.text("jwk")))
        let isGood = key.verify(signature: vector.bytes("signature"), of: vector.bytes("message")[...])
        #expect(isGood == (vector.expected("result") == "valid"))
    }

    @Test("near to a good public key", arguments: Vector.all("jwk-malformed"))
    func publicKey(_ vector: Vector) throws {
        let json = try JSON.parse(vector.text("jwk"))
        let problem = try #require(JWK.Problem(rawValue: vector.expected("problem") ?? ""))
        #expect(throws: problem) { try JWK(json: json) }
    }

    @Test("near to a good private key", arguments: Vector.all("jwk-private-malformed"))
    func privateKey(_ vector: Vector) throws {
        let json = try JSON.parse(vector.text("jwk"))
        let problem = try #require(JWK.Problem(rawValue: vector.expected("problem") ?? ""))
        #expect(throws: problem) { try PrivateJWK(json: json) }
    }

    /// Public keys as others would read them; a secret as this server holds it.
    private static func key(_ json: JSON) throws -> VerificationKey {
        if json["kty"] == "oct" { return try PrivateJWK(json: json).key.verificationKey }
        return try JWK(json: .object((json.members ?? []) + [JSON.Member("kid", "k")])).key
    }
}

@Suite("Signing keys of every algorithm")
struct SigningKeyTests {
    private static let keys = SigningAlgorithm.allCases.map { SigningKey.generate($0) }
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)
    private static let claims: JSON = [
        "iss": "https://id.example", "sub": "ana", "aud": "https://id.example", "exp": 1_700_000_900,
        "iat": 1_700_000_000,
    ]

    private static func refusal(_ token: String, key: VerificationKey) -> JWTRefusal? {
        do throws(JWTRefusal) {
            let expectations = JWT.Expectations(
                issuer: "https://id.example", audience: "https://id.example", now: now)
            _ = try JWT.verify(token, expectations: expectations) { $0 == "k" ? key : nil }
            return nil
        } catch { return error }
    }

    @Test(arguments: SigningAlgorithm.allCases)
    func `a token goes there and back, and under no other key`(_ algorithm: SigningAlgorithm) throws {
        let key = try #require(Self.keys.first { $0.algorithm == algorithm })
        let token = JWT.sign(claims: Self.claims, key: key, kid: "k")
        #expect(Self.refusal(token, key: key.verificationKey) == nil)
        #expect(Self.refusal(token, key: SigningKey.generate(algorithm).verificationKey) == .badSignature)
        for other in Self.keys where other.algorithm != algorithm {
            #expect(Self.refusal(token, key: other.verificationKey) == .wrongAlgorithm)
        }
    }

    @Test(arguments: SigningAlgorithm.allCases)
    func `a key comes back from what is kept of it, for its own algorithm only`(_ algorithm: SigningAlgorithm) throws {
        let key = try #require(Self.keys.first { $0.algorithm == algorithm })
        let again = try #require(SigningKey(algorithm, material: key.material))
        #expect(again.verificationKey == key.verificationKey)
        #expect(SigningKey(algorithm, material: Secret(Array(key.material.exposed.dropLast()))) == nil)
        #expect(SigningKey(algorithm, material: Secret([])) == nil)
        #expect("\(key.material)" == "<secret>")
    }

    @Test(arguments: SigningAlgorithm.allCases.filter(\.isPublic))
    func `a token that names another algorithm than its key's is refused, with the public key as a secret too`(
        _ algorithm: SigningAlgorithm
    ) throws {
        let key = try #require(Self.keys.first { $0.algorithm == algorithm })
        let jwk = JWK(key.verificationKey)
        var secrets = [jwk.json.bytes, Array(jwk.kid.utf8)]
        for name in ["x", "n"] { if let text = jwk.json[name]?.string { secrets += [Base64URL.decode(text) ?? []] } }
        for secret in secrets {
            for name in ["HS256", "none", "None", "", "RS256", "ES256", "EdDSA", "Ed25519", "HS384", "hs256"] {
                let header = Base64URL.encode(Array(#"{"alg":"\#(name)","typ":"at+jwt","kid":"k"}"#.utf8))
                let input = header + "." + Base64URL.encode(Self.claims.bytes)
                let mac = HMAC.sha256(key: Secret(secret), Array(input.utf8))
                for signature in [Base64URL.encode(mac), ""] {
                    let refusal = Self.refusal("\(input).\(signature)", key: key.verificationKey)
                    #expect(refusal == (name == algorithm.rawValue ? .badSignature : .wrongAlgorithm))
                }
            }
        }
    }

    @Test(arguments: SigningAlgorithm.allCases)
    func `a key that a token brings along is never used`(_ algorithm: SigningAlgorithm) throws {
        let key = try #require(Self.keys.first { $0.algorithm == algorithm })
        let foreign = SigningKey.generate(algorithm)
        for member in ["jwk", "jku", "x5u", "x5c"] {
            let header: JSON = [
                "alg": .string(algorithm.rawValue), "typ": "at+jwt", "kid": "k",
                member: member == "jwk" ? JWK(foreign.verificationKey).json : "https://example.com/keys",
            ]
            let input = Base64URL.encode(header.bytes) + "." + Base64URL.encode(Self.claims.bytes)
            let token = input + "." + Base64URL.encode(foreign.sign(Array(input.utf8)))
            #expect(Self.refusal(token, key: key.verificationKey) == .bringsKey)
        }
    }

    @Test(arguments: SigningAlgorithm.allCases)
    func `no second spelling of a token is accepted`(_ algorithm: SigningAlgorithm) throws {
        let key = try #require(Self.keys.first { $0.algorithm == algorithm })
        let token = JWT.sign(claims: Self.claims, key: key, kid: "k")
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let last = try #require(token.last.flatMap { digits.firstIndex(of: $0) })
        var spellings = [token + "=", token + "==", token + ".", token + "A", token + " ", " " + token, "." + token]
        // 64, 256 and 32 bytes leave unused bits in the last digit.
        spellings += [1, 2, 3].map { token.dropLast() + String(digits[last ^ $0]) }
        spellings += [token.replacing("-", with: "+"), token.replacing("_", with: "/")].filter { $0 != token }
        for spelling in spellings { #expect(Self.refusal(spelling, key: key.verificationKey) != nil) }
    }

    @Test func `public halves go into the published set and come back; a secret leaves nothing but its name`() throws {
        for key in Self.keys {
            let jwk = JWK(key.verificationKey)
            guard key.algorithm.isPublic else {
                #expect(jwk.json.members?.map(\.name) == ["kty", "kid", "use", "alg"])
                #expect(throws: JWK.Problem.isPrivate) { try JWK(json: jwk.json) }
                continue
            }
            #expect(try JWK(json: JSON.parse(jwk.json.bytes)) == jwk)
            #expect(jwk.kid == JWK.thumbprint(of: jwk.json))
            let text = jwk.json.text
            for piece in ["\"d\"", "\"p\"", "\"k\""] { #expect(!text.contains(piece)) }
        }
    }

    @Test func `a secret is named by a MAC, not by a digest of itself`() throws {
        let secret = Secret([UInt8](repeating: 7, count: 32))
        let key = try #require(SigningKey(.hs256, material: secret))
        let thumbprint = JWK.thumbprint(of: ["kty": "oct", "k": .string(Base64URL.encode(secret.exposed))])
        #expect(JWK(key.verificationKey).kid != thumbprint)
        #expect(JWK(key.verificationKey).kid.utf8.count == 43)
    }

    @Test func `the header names the key's algorithm`() {
        for key in Self.keys {
            let header = JWT.sign(claims: Self.claims, key: key, kid: "k").split(separator: ".")[0]
            let text = String(decoding: Base64URL.decode(header.utf8) ?? [], as: UTF8.self)
            #expect(text == #"{"alg":"\#(key.algorithm.rawValue)","typ":"at+jwt","kid":"k"}"#)
        }
    }
}
