import Crypto
import Domain
import TestSupport
import Testing

@Suite("EdDSA, RS256 and HS256")
struct OtherSignatureTests {
    @Test("RFC 8032 7.1, tests 1 to 3", arguments: Vector.all("ed25519"))
    func ed25519(_ vector: Vector) throws {
        let key = try #require(EdDSA.PrivateKey(seed: Secret(vector.bytes("seed"))))
        #expect(key.publicKey.bytes == vector.expectedBytes("public"))
        #expect(key.sign(vector.bytes("message")) == vector.expectedBytes("signature"))
        #expect(
            key.publicKey.verify(
                signature: vector.expectedBytes("signature") ?? [], of: vector.bytes("message")))
    }

    @Test func `an RSA key of ours has 2048 bits, exponent 65537, and a signature as long as its modulus`() {
        let key = RS256.PrivateKey.generate()
        #expect(key.publicKey.modulus.count == 256 && key.publicKey.modulus[0] >= 0x80)
        let signature = key.sign([1, 2, 3])
        #expect(signature.count == 256)
        #expect(key.publicKey.verify(signature: signature, of: [1, 2, 3]))
        #expect(!key.publicKey.verify(signature: signature, of: [1, 2]))
        #expect(RS256.PublicKey(modulus: key.publicKey.modulus, exponent: [1, 0, 1]) == key.publicKey)
        #expect(RS256.PrivateKey(der: key.der)?.publicKey == key.publicKey)
    }

    @Test func `bytes that are no RSA key, or one with something behind it, are refused`() {
        let der = RS256.PrivateKey.generate().der.exposed
        for bytes in [
            [], [0x30], Array(der.dropLast()), [UInt8](repeating: 0x30, count: 5_000), Array(der.dropFirst()),
        ]
            as [[UInt8]]
        {
            #expect(RS256.PrivateKey(der: Secret(bytes)) == nil)
        }
    }

    @Test func `a secret for HS256 has 32 to 512 bytes`() {
        for (count, isKey) in [(0, false), (31, false), (32, true), (512, true), (513, false)] {
            #expect((HS256.Key(Secret([UInt8](repeating: 1, count: count))) != nil) == isKey)
        }
    }

    @Test func `one key of each serves many threads at once`() async {
        let rsa = RS256.PrivateKey.generate()
        let edwards = EdDSA.PrivateKey.generate()
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<32 {
                group.addTask {
                    let message = Array("\(number)".utf8)
                    return rsa.publicKey.verify(signature: rsa.sign(message), of: message)
                        && edwards.publicKey.verify(signature: edwards.sign(message), of: message)
                }
            }
            for await isGood in group { #expect(isGood) }
        }
    }
}

@Suite("Private keys in PEM files")
struct PrivateKeyFileTests {
    @Test("as OpenSSL writes them", arguments: Vector.all("pem"))
    func vector(_ vector: Vector) throws {
        let result = Result { () throws(PrivateKeyFile.Problem) in
            try PrivateKeyFile(pem: Secret(utf8: vector.text("pem")))
        }
        switch result {
        case .success(.es256(let key)): #expect(vector.expectedBytes("public") == key.publicKey.x + key.publicKey.y)
        case .success(.eddsa(let key)): #expect(vector.expectedBytes("public") == key.publicKey.bytes)
        case .success(.rs256(let key)): #expect(vector.expectedBytes("public") == key.publicKey.modulus)
        case .failure(let problem): #expect(vector.expected("problem") == problem.rawValue)
        }
    }
}
