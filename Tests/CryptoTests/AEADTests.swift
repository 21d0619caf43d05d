import Crypto
import Domain
import TestSupport
import Testing

@Suite("XChaCha20-Poly1305")
struct AEADTests {
    @Test("draft-irtf-cfrg-xchacha", arguments: Vector.all("xchacha20-poly1305"))
    func vector(_ vector: Vector) {
        let key = Secret(vector.bytes("key"))
        let sealed = AEAD.seal(
            vector.bytes("plain"), key: key, nonce: vector.bytes("nonce"), associatedData: vector.bytes("associated"))
        #expect(sealed == vector.expectedBytes("sealed"))
        let opened = AEAD.open(
            sealed, key: key, nonce: vector.bytes("nonce"), associatedData: vector.bytes("associated"))
        #expect(opened == vector.bytes("plain"))
    }

    private let key = Secret([UInt8](repeating: 7, count: AEAD.keyCount))
    private let nonce = [UInt8](repeating: 9, count: AEAD.nonceCount)

    @Test func `nothing is a message too`() {
        let sealed = AEAD.seal([], key: key, nonce: nonce, associatedData: [])
        #expect(sealed.count == AEAD.tagCount)
        #expect(AEAD.open(sealed, key: key, nonce: nonce, associatedData: []) == [])
    }

    @Test func `any changed bit is noticed`() {
        let sealed = AEAD.seal([1, 2, 3], key: key, nonce: nonce, associatedData: [4])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(AEAD.open(changed, key: key, nonce: nonce, associatedData: [4]) == nil)
        }
    }

    @Test func `another key, nonce, purpose or length is noticed`() {
        let sealed = AEAD.seal([1, 2, 3], key: key, nonce: nonce, associatedData: [4])
        let other = Secret([UInt8](repeating: 8, count: 32))
        #expect(AEAD.open(sealed, key: other, nonce: nonce, associatedData: [4]) == nil)
        #expect(AEAD.open(sealed, key: Secret([]), nonce: nonce, associatedData: [4]) == nil)
        #expect(AEAD.open(sealed, key: key, nonce: nonce.reversed() + [0], associatedData: [4]) == nil)
        #expect(AEAD.open(sealed, key: key, nonce: [UInt8](repeating: 8, count: 24), associatedData: [4]) == nil)
        #expect(AEAD.open(sealed, key: key, nonce: nonce, associatedData: [5]) == nil)
        #expect(AEAD.open(sealed, key: key, nonce: nonce, associatedData: []) == nil)
        for count in 0..<sealed.count {
            #expect(AEAD.open(Array(sealed.prefix(count)), key: key, nonce: nonce, associatedData: [4]) == nil)
        }
        #expect(AEAD.open(sealed + [0], key: key, nonce: nonce, associatedData: [4]) == nil)
    }
}
