import Crypto
import Domain
import Standards
import TestSupport
import Testing

@Suite("JWT, RFC 7519 and RFC 8725")
struct JWTTests {
    private static let key = ES256.PrivateKey.generate()
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)
    private static let claims: JSON = [
        "iss": "https://id.example", "sub": "ana", "aud": "https://id.example", "exp": 1_700_000_900,
        "iat": 1_700_000_000, "rc": 1,
    ]

    private static func verify(
        _ token: String, now: Timestamp = now, leeway: Duration = .zero
    ) throws(JWTRefusal) -> JWT.Claims {
        let expectations = JWT.Expectations(
            issuer: "https://id.example", audience: "https://id.example", now: now, leeway: leeway)
        return try JWT.verify(token, expectations: expectations) { kid in
            kid == "k1" ? .es256(key.publicKey) : nil
        }
    }

    private static func refusal(
        _ token: String, now: Timestamp = now, leeway: Duration = .zero
    ) -> JWTRefusal? {
        do throws(JWTRefusal) {
            _ = try verify(token, now: now, leeway: leeway)
            return nil
        } catch { return error }
    }

    private static func changed(_ changes: [(String, JSON?)], _ key: ES256.PrivateKey = key) -> String {
        var members = (claims.members ?? []).filter { member in !changes.contains { $0.0 == member.name } }
        for (name, value) in changes { if let value { members.append(JSON.Member(name, value)) } }
        return JWT.sign(claims: .object(members), key: .es256(key), kid: "k1")
    }

    /// A good signature under any header, good or bad.
    private static func token(header: String, payload: String = claims.text) -> String {
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(payload.utf8))
        return input + "." + Base64URL.encode(key.sign(Array(input.utf8)))
    }

    @Test func `a good token gives its claims`() throws {
        let claims = try Self.verify(Self.changed([]))
        #expect(claims.issuer == "https://id.example")
        #expect(claims.audiences == ["https://id.example"])
        #expect(claims.subject == "ana")
        #expect(claims.expiresAt == Timestamp(milliseconds: 1_700_000_900_000))
        #expect(claims.issuedAt == Self.now)
        #expect(claims["rc"]?.integer == 1)
        #expect(claims["nothing"] == nil)
    }

    @Test func `the header has algorithm, type and key name`() {
        let header = JWT.sign(claims: Self.claims, key: .es256(Self.key), kid: "k1").split(separator: ".")[0]
        let text = String(decoding: Base64URL.decode(header.utf8) ?? [], as: UTF8.self)
        #expect(text == #"{"alg":"ES256","typ":"at+jwt","kid":"k1"}"#)
    }

    @Test(
        "headers",
        arguments: [
            (#"{"alg":"ES256","typ":"at+jwt","kid":"k1"}"#, nil),
            (#"{"alg":"ES256","typ":"application/AT+JWT","kid":"k1","x":1}"#, nil),
            (#"{"alg":"none","typ":"at+jwt","kid":"k1"}"#, .wrongAlgorithm),
            (#"{"alg":"None","typ":"at+jwt","kid":"k1"}"#, .wrongAlgorithm),
            (#"{"alg":"HS256","typ":"at+jwt","kid":"k1"}"#, .wrongAlgorithm),
            (#"{"alg":"RS256","typ":"at+jwt","kid":"k1"}"#, .wrongAlgorithm),
            (#"{"alg":"es256","typ":"at+jwt","kid":"k1"}"#, .wrongAlgorithm),
            (#"{"alg":"","typ":"at+jwt","kid":"k1"}"#, .wrongAlgorithm),
            (#"{"alg":1,"typ":"at+jwt","kid":"k1"}"#, .malformed), (#"{"typ":"at+jwt","kid":"k1"}"#, .malformed),
            (#"{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"k1"}"#, .malformed), (#"["ES256"]"#, .malformed),
            ("", .malformed), (#"{"alg":"ES256","kid":"k1"}"#, .wrongType),
            (#"{"alg":"ES256","typ":"JWT","kid":"k1"}"#, .wrongType),
            (#"{"alg":"ES256","typ":"logout+jwt","kid":"k1"}"#, .wrongType),
            (#"{"alg":"ES256","typ":7,"kid":"k1"}"#, .wrongType), (#"{"alg":"ES256","typ":"at+jwt"}"#, .missingKeyID),
            (#"{"alg":"ES256","typ":"at+jwt","kid":""}"#, .missingKeyID),
            (#"{"alg":"ES256","typ":"at+jwt","kid":1}"#, .missingKeyID),
            (#"{"alg":"ES256","typ":"at+jwt","kid":"k2"}"#, .unknownKey),
            (#"{"alg":"ES256","typ":"at+jwt","kid":"k1","crit":["exp"]}"#, .criticalExtension),
            (#"{"alg":"ES256","typ":"at+jwt","kid":"k1","b64":false,"crit":["b64"]}"#, .criticalExtension),
            (#"{"alg":"ES256","typ":"at+jwt","kid":"k1","jku":"https://evil.example"}"#, .bringsKey),
            (#"{"alg":"ES256","typ":"at+jwt","kid":"k1","jwk":{"kty":"EC"}}"#, .bringsKey),
            (#"{"alg":"ES256","typ":"at+jwt","kid":"k1","x5u":"https://evil.example"}"#, .bringsKey),
            (#"{"alg":"ES256","typ":"at+jwt","kid":"k1","x5c":[]}"#, .bringsKey),
        ] as [(String, JWTRefusal?)])
    func header(_ header: String, _ refusal: JWTRefusal?) {
        #expect(Self.refusal(Self.token(header: header)) == refusal)
    }

    @Test(
        "claims",
        arguments: [
            ([], nil), ([("iss", "https://evil.example")], .wrongIssuer), ([("iss", nil)], .wrongIssuer),
            ([("iss", "https://id.example/")], .wrongIssuer), ([("iss", 1)], .malformedClaims),
            ([("iss", "https://id.e\u{78}ample\0")], .wrongIssuer), ([("aud", nil)], .wrongAudience),
            ([("aud", "https://other.example")], .wrongAudience), ([("aud", [])], .wrongAudience),
            ([("aud", ["a", "https://id.example"])], nil), ([("aud", ["https://id.example", 1])], .malformedClaims),
            ([("aud", [:])], .malformedClaims), ([("sub", 1)], .malformedClaims), ([("sub", nil)], nil),
            ([("exp", nil)], .missingExpiry), ([("exp", "1700000900")], .malformedClaims),
            ([("exp", 1e300)], .malformedClaims), ([("exp", .integer(.max))], .malformedClaims),
            ([("exp", .integer(.min))], .malformedClaims), ([("exp", -1)], .malformedClaims),
            ([("exp", nil as JSON?), ("exp", .null)], .malformedClaims), ([("exp", 1_700_000_000)], .expired),
            ([("exp", 1_700_000_001)], nil), ([("exp", 1_700_000_001.5)], nil), ([("exp", 0)], .expired),
            ([("iat", nil)], .missingIssuedAt), ([("iat", 1_700_000_001)], .issuedInFuture),
            ([("iat", 1e300)], .malformedClaims), ([("nbf", 1_700_000_000)], nil),
            ([("nbf", 1_700_000_001)], .notYetValid), ([("nbf", "soon")], .malformedClaims),
        ] as [([(String, JSON?)], JWTRefusal?)])
    func claims(_ changes: [(String, JSON?)], _ refusal: JWTRefusal?) {
        #expect(Self.refusal(Self.changed(changes)) == refusal)
    }

    @Test func `leeway moves each boundary by exactly as much`() {
        let token = Self.changed([("nbf", 1_700_000_000)])
        let leeway = Duration.seconds(5)
        let end = Timestamp(milliseconds: 1_700_000_905_000)
        #expect(Self.refusal(token, now: end - .milliseconds(1), leeway: leeway) == nil)
        #expect(Self.refusal(token, now: end, leeway: leeway) == .expired)
        let start = Timestamp(milliseconds: 1_699_999_995_000)
        #expect(Self.refusal(token, now: start, leeway: leeway) == nil)
        #expect(Self.refusal(token, now: start - .milliseconds(1), leeway: leeway) == .issuedInFuture)
        let later = Self.changed([("iat", 1_699_999_000), ("nbf", 1_700_000_000)])
        #expect(Self.refusal(later, now: start - .milliseconds(1), leeway: leeway) == .notYetValid)
    }

    @Test func `another key's signature, a changed payload and a cut signature are refused`() {
        #expect(Self.refusal(Self.changed([], ES256.PrivateKey.generate())) == .badSignature)
        let token = Self.changed([])
        let parts = token.split(separator: ".").map(String.init)
        let admin = Base64URL.encode(Self.claims.text.replacing("ana", with: "eve").utf8)
        #expect(Self.refusal("\(parts[0]).\(admin).\(parts[2])") == .badSignature)
        #expect(Self.refusal("\(parts[0]).\(parts[1]).") == .badSignature)
        #expect(Self.refusal("\(parts[0]).\(parts[1]).\(parts[2].dropLast(2))") == .badSignature)
    }

    @Test func `a public key is never taken for a shared secret`() {
        let header = Base64URL.encode(#"{"alg":"HS256","typ":"at+jwt","kid":"k1"}"#.utf8)
        let input = header + "." + Base64URL.encode(Self.claims.bytes)
        for secret in [Self.key.publicKey.x, [4] + Self.key.publicKey.x + Self.key.publicKey.y] {
            let mac = HMAC.sha256(key: Secret(secret), Array(input.utf8))
            #expect(Self.refusal(input + "." + Base64URL.encode(mac)) == .wrongAlgorithm)
        }
    }

    @Test(
        "texts that are no tokens",
        arguments: ["", ".", "..", "...", "a.b", "a.b.c.d", "!.!.!", "e30.e30.e30.e30", "e30=.e30.e30", "\0", "é.é.é"])
    func malformed(_ token: String) {
        #expect(Self.refusal(token) == .malformed)
    }

    @Test func `every cut and every changed byte of a good token is refused`() {
        let token = Array(Self.changed([]).utf8)
        for index in token.indices {
            #expect(Self.refusal(String(decoding: token.prefix(index), as: UTF8.self)) != nil)
            var changed = token
            changed[index] ^= 1
            #expect(Self.refusal(String(decoding: changed, as: UTF8.self)) != nil)
        }
    }

    @Test func `more than 16 KiB is not even decoded`() {
        let token = Self.changed([("x", .string(String(repeating: "a", count: 16_384)))])
        #expect(Self.refusal(token) == .tooLong)
        #expect(Self.refusal(Self.changed([("x", .string(String(repeating: "a", count: 11_000)))])) == nil)
    }

    @Test(
        "payloads that are no claims",
        arguments: ["", "[]", "\"a\"", "{", #"{"iss":"a","iss":"b"}"#, #"{"iss":"\ud800"}"#, "{}{}"])
    func payload(_ payload: String) {
        let header = #"{"alg":"ES256","typ":"at+jwt","kid":"k1"}"#
        #expect(Self.refusal(Self.token(header: header, payload: payload)) == .malformedClaims)
    }

    @Test("tokens of RFC 7515 and RFC 7519", arguments: Vector.all("jws"))
    func published(_ vector: Vector) throws {
        let refusal = try #require(vector.expected("refusal").flatMap { JWTRefusal(rawValue: $0) })
        #expect(throws: refusal) {
            try JWS.verify(Array(vector.text("token").utf8)[...], typ: vector.text("typ")) { _ in
                .es256(Self.key.publicKey)
            }
        }
    }
}
