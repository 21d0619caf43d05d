import Crypto
import Domain
import TestSupport
import Testing

@Suite("ES256")
struct ES256Tests {
    @Test("RFC 6979 A.2.5 and RFC 7515 A.3", arguments: Vector.all("es256"))
    func vector(_ vector: Vector) throws {
        let key = try #require(ES256.PrivateKey(scalar: Secret(vector.bytes("d"))))
        #expect(key.publicKey.x == vector.expectedBytes("x"))
        #expect(key.publicKey.y == vector.expectedBytes("y"))
        let published = try #require(vector.expectedBytes("signature"))
        let message = vector.bytes("message")
        let stranger = try #require(ES256.PublicKey(x: key.publicKey.x, y: key.publicKey.y))
        #expect(stranger == key.publicKey)
        #expect(stranger.verify(signature: published, of: message))
        #expect(stranger.verify(signature: key.sign(message), of: message))
    }

    @Test func `every changed bit of a signature or a message is noticed`() {
        let key = ES256.PrivateKey.generate()
        let message = Array("a message".utf8)
        let signature = key.sign(message)
        #expect(signature.count == ES256.signatureCount)
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 0x10
            #expect(!key.publicKey.verify(signature: changed, of: message))
        }
        #expect(!key.publicKey.verify(signature: signature, of: message + [0]))
        #expect(!key.publicKey.verify(signature: signature, of: []))
        #expect(!ES256.PrivateKey.generate().publicKey.verify(signature: signature, of: message))
    }

    @Test func `r and s with leading zeros survive the way through DER`() {
        let key = ES256.PrivateKey.generate()
        var shortest = 64
        // One signature in 128 has a zero byte in front of r or s.
        for round in 0..<2_000 where shortest == 64 || round < 200 {
            let message = Array("\(round)".utf8)
            let signature = key.sign(message)
            #expect(signature.count == 64)
            #expect(key.publicKey.verify(signature: signature, of: message))
            if signature[0] == 0 || signature[32] == 0 { shortest = 63 }
        }
        #expect(shortest == 63)
    }

    @Test(
        "what is no signature is refused and does not trap",
        arguments: [
            [], [0], [UInt8](repeating: 0, count: 64), [UInt8](repeating: 255, count: 64),
            [UInt8](repeating: 0, count: 32) + [UInt8](repeating: 1, count: 32),
            [UInt8](repeating: 1, count: 32) + [UInt8](repeating: 0, count: 32),
            [UInt8](repeating: 1, count: 63), [UInt8](repeating: 1, count: 65),
        ] as [[UInt8]])
    func garbage(_ signature: [UInt8]) {
        #expect(!ES256.PrivateKey.generate().publicKey.verify(signature: signature, of: [1, 2, 3]))
    }

    @Test func `a DER signature is not taken for a JWS one`() throws {
        let vector = try #require(Vector.all("es256").first)
        let key = try #require(ES256.PrivateKey(scalar: Secret(vector.bytes("d"))))
        let raw = try #require(vector.expectedBytes("signature"))
        let der: [UInt8] = [0x30, 0x46, 2, 0x21, 0] + raw.prefix(32) + [2, 0x21, 0] + raw.suffix(32)
        #expect(!key.publicKey.verify(signature: der, of: vector.bytes("message")))
    }

    @Test func `only points of the curve are public keys`() {
        let good = ES256.PrivateKey.generate().publicKey
        let zeros = [UInt8](repeating: 0, count: 32)
        #expect(ES256.PublicKey(x: good.x, y: good.y) != nil)
        #expect(ES256.PublicKey(x: good.y, y: good.x) == nil)
        #expect(ES256.PublicKey(x: zeros, y: zeros) == nil)
        #expect(ES256.PublicKey(x: good.x, y: Array(good.y.dropLast())) == nil)
        #expect(ES256.PublicKey(x: [0] + good.x, y: good.y) == nil)
        #expect(ES256.PublicKey(x: [], y: []) == nil)
        let fieldPrime = hexadecimal("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff") ?? []
        #expect(ES256.PublicKey(x: fieldPrime, y: good.y) == nil)
    }

    @Test func `only scalars from one to the order less one are private keys`() {
        let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
        let last = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550"
        func key(_ text: String) -> ES256.PrivateKey? { ES256.PrivateKey(scalar: Secret(hexadecimal(text) ?? [])) }
        #expect(key(String(repeating: "0", count: 64)) == nil)
        #expect(key(String(repeating: "0", count: 63) + "1") != nil)
        #expect(key(last) != nil)
        #expect(key(order) == nil)
        #expect(key(String(repeating: "f", count: 64)) == nil)
        #expect(key("01") == nil)
    }

    @Test func `a key comes back from its scalar`() throws {
        let key = ES256.PrivateKey.generate()
        let again = try #require(ES256.PrivateKey(scalar: key.scalar))
        #expect(again.publicKey == key.publicKey)
        #expect(key.publicKey.verify(signature: again.sign([1]), of: [1]))
        #expect("\(key.scalar)" == "<secret>")
    }

    @Test func `one key serves many threads at once`() async {
        let key = ES256.PrivateKey.generate()
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let message = Array("\(number)".utf8)
                    return key.publicKey.verify(signature: key.sign(message), of: message)
                }
            }
            for await isGood in group { #expect(isGood) }
        }
    }
}
