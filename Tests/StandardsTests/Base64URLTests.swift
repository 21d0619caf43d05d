import Standards
import TestSupport
import Testing

@Suite("base64url")
struct Base64URLTests {
    @Test("RFC 4648 and what it leaves out", arguments: Vector.all("base64url"))
    func vector(_ vector: Vector) {
        let decoded = Base64URL.decode(vector.text("text"))
        #expect(decoded == vector.expectedBytes("bytes"))
        if let decoded { #expect(Base64URL.encode(decoded) == vector.text("text")) }
    }

    @Test func `every byte and every length comes back`() {
        for count in 0...300 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }
}
