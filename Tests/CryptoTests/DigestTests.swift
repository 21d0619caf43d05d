import Crypto
import Domain
import TestSupport
import Testing

@Suite("Digests and keyed digests")
struct DigestTests {
    @Test("FIPS 180-4", arguments: Vector.all("sha2"))
    func sha2(_ vector: Vector) {
        let message = Array(vector.text("text").utf8)
        #expect(Digest.sha256(message) == vector.expectedBytes("sha256"))
        #expect(Digest.sha384(message) == vector.expectedBytes("sha384"))
        #expect(Digest.sha512(message) == vector.expectedBytes("sha512"))
    }

    @Test("RFC 4231", arguments: Vector.all("hmac-sha256"))
    func hmac(_ vector: Vector) {
        let mac = HMAC.sha256(key: Secret(vector.bytes("key")), vector.bytes("message"))
        #expect(mac == vector.expectedBytes("mac"))
    }

    @Test("RFC 5869", arguments: Vector.all("hkdf-sha256"))
    func hkdf(_ vector: Vector) {
        let output = HKDF.sha256(
            input: Secret(vector.bytes("input")), salt: vector.bytes("salt"), info: vector.bytes("info"),
            count: vector.integer("count"))
        #expect(output.exposed == vector.expectedBytes("output"))
    }

    @Test func `HKDF gives the longest output RFC 5869 allows, and a shorter one is its beginning`() {
        let input = Secret([1, 2, 3])
        let longest = HKDF.sha256(input: input, salt: [], info: [], count: 255 * 32).exposed
        #expect(longest.count == 8_160)
        #expect(HKDF.sha256(input: input, salt: [], info: [], count: 33).exposed == Array(longest.prefix(33)))
    }

    @Test("the MAC of an event", arguments: Vector.all("event-canonical"))
    func eventMAC(_ vector: Vector) throws {
        let event = try #require(vector.event)
        #expect(HMAC.sha256(key: Secret(vector.bytes("key")), event.canonical) == vector.expectedBytes("mac"))
    }

    @Test func `equal means same length and same bytes, wherever the difference is`() {
        let bytes = Random.bytes(32)
        #expect(constantTimeEqual(bytes, bytes))
        #expect(constantTimeEqual([], []))
        #expect(!constantTimeEqual(bytes, Array(bytes.dropLast())))
        #expect(!constantTimeEqual(bytes, []))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!constantTimeEqual(bytes, other))
        }
    }

    @Test func `random bytes have the count asked for and do not repeat`() {
        #expect(Random.bytes(0).isEmpty)
        #expect(Random.bytes(-1).isEmpty)
        #expect(Random.bytes(16).count == 16)
        #expect(Set((0..<1_000).map { _ in Random.bytes(16) }).count == 1_000)
    }
}
