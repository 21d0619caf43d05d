import Testing

@testable import Crypto

@Suite("SipHash")
struct SipHashTests {
    /// From the reference implementation's `vectors_sip128`, by the message's length: key and message are 0, 1, 2 …
    static let vectors: [(Int, String)] = [
        (0, "a3817f04ba25a8e66df67214c7550293"), (1, "da87c1d86b99af44347659119b22fc45"),
        (2, "8177228da4a45dc7fca38bdef60affe4"), (15, "5493e99933b0a8117e08ec0f97cfc3d9"),
        (32, "7c3956ca5eeafc3e363e9d556546eb68"),
    ]

    @Test(arguments: vectors) func `the reference implementation's vectors`(_ count: Int, _ expected: String) {
        let hash = SipHash(key: (0..<16).map { UInt8($0) })
        let message = (0..<count).map { UInt8($0) }
        #expect(
            hash.value(of: message[...]).bytes.map { String(UInt16($0) | 0x100, radix: 16).dropFirst() }.joined()
                == expected)
        // As a part of something longer it is the same.
        let longer = [9, 9] + message + [9]
        #expect(hash.value(of: longer[2..<(2 + count)]) == hash.value(of: message[...]))
    }

    @Test func `each one has a key of its own, and every bit counts`() {
        let message = Array("a message of some length, longer than one block".utf8)
        let hash = SipHash()
        #expect(hash.value(of: message[...]) == hash.value(of: message[...]))
        #expect(hash.value(of: message[...]) != SipHash().value(of: message[...]))
        var seen: Set<SipHash.Value> = [hash.value(of: message[...])]
        for index in message.indices {
            for bit in 0..<8 {
                var changed = message
                changed[index] ^= 1 << UInt8(bit)
                seen.insert(hash.value(of: changed[...]))
            }
        }
        #expect(seen.count == 1 + 8 * message.count)
    }

    @Test func `values that differ in one half only are two`() {
        let values = Set(
            [[UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16)].map { SipHash(key: $0).value(of: []) })
        #expect(values.count == 2)
    }
}
