import Crypto
import Standards
import TestSupport
import Testing

@Suite("JWK, RFC 7517 and RFC 7638")
struct JWKTests {
    @Test("keys of others", arguments: Vector.all("jwk"))
    func vector(_ vector: Vector) throws {
        let json = try JSON.parse(vector.text("jwk"))
        if let thumbprint = vector.expected("thumbprint") { #expect(JWK.thumbprint(of: json) == thumbprint) }
        do throws(JWK.Problem) {
            let jwk = try JWK(json: json)
            #expect(jwk.kid == vector.expected("kid"))
            guard case .es256(let key) = jwk.key else { return }
            #expect(key.x == vector.expectedBytes("x"))
            #expect(key.y == vector.expectedBytes("y"))
        } catch {
            #expect(error.rawValue == vector.expected("problem"))
        }
    }

    @Test func `a key of ours is named by its thumbprint and comes back from its JSON`() throws {
        let key = ES256.PrivateKey.generate().publicKey
        let jwk = JWK(.es256(key))
        #expect(jwk.kid == JWK.thumbprint(of: jwk.json))
        #expect(try JWK(json: JSON.parse(jwk.json.bytes)) == jwk)
        let names = jwk.json.members?.map(\.name)
        #expect(names == ["crv", "kty", "x", "y", "kid", "use", "alg"])
    }

    @Test func `a set passes over keys it does not know and finds keys by their exact name`() throws {
        let mine = JWK(.es256(ES256.PrivateKey.generate().publicKey), kid: "K")
        let set = try JWKSet(json: ["keys": [["kty": "OKP", "kid": "a"], mine.json]])
        #expect(set == JWKSet([mine]))
        #expect(set.key("K") == mine.key)
        #expect(set.key("k") == nil)
        #expect(set.key("\u{212A}") == nil)
        #expect(set.key("") == nil)
        #expect(try JWKSet(json: JSON.parse(set.json.bytes)) == set)
    }

    @Test func `a set with a broken or private key is refused whole`() {
        var members = JWK(.es256(ES256.PrivateKey.generate().publicKey)).json.members ?? []
        members.append(JSON.Member("d", "AA"))
        #expect(throws: JWK.Problem.isPrivate) { try JWKSet(json: ["keys": [.object(members)]]) }
        #expect(throws: JWK.Problem.notAnObject) { try JWKSet(json: []) }
        #expect(throws: JWK.Problem.notAnObject) { try JWKSet(json: ["keys": [1]]) }
    }

    @Test func `a thumbprint wants a known kind and all its members`() {
        #expect(JWK.thumbprint(of: ["kty": "EC", "crv": "P-256", "x": "AA"]) == nil)
        #expect(JWK.thumbprint(of: ["kty": "other"]) == nil)
        #expect(JWK.thumbprint(of: []) == nil)
    }
}
