import Domain
import TestSupport
import Testing

@Suite("The canonical form of an event")
struct EventTests {
    @Test("published vectors", arguments: Vector.all("event-canonical"))
    func canonical(_ vector: Vector) throws {
        let event = try #require(vector.event)
        #expect(hexadecimal(event.canonical) == vector.expected("canonical"))
        let sealed = Event.SealedPart.encode(event.personal)
        #expect(Event.SealedPart.decode(sealed) == event.personal)
        #expect(event.canonical.suffix(sealed.count).elementsEqual(sealed))
    }

    private static let parts = [
        Event.SealedPart(subject: ID(high: 1, low: 2), ciphertext: [1, 2, 3]),
        Event.SealedPart(subject: .nobody, ciphertext: []),
    ]

    @Test func `no sealed parts are four zero bytes`() {
        #expect(Event.SealedPart.encode([]) == [0, 0, 0, 0])
        #expect(Event.SealedPart.decode([0, 0, 0, 0]) == [])
    }

    @Test func `cut or longer bytes are no sealed parts`() {
        let bytes = Event.SealedPart.encode(Self.parts)
        for count in 0..<bytes.count { #expect(Event.SealedPart.decode(Array(bytes.prefix(count))) == nil) }
        #expect(Event.SealedPart.decode(bytes + [0]) == nil)
    }

    @Test(
        "lengths that lie",
        arguments: [
            [255, 255, 255, 255], [0, 0, 0, 65], [0, 0, 0, 1], [0, 0, 0, 0, 0],
            [0, 0, 0, 1] + [UInt8](repeating: 9, count: 16) + [255, 255, 255, 255],
            [0, 0, 0, 1] + [UInt8](repeating: 9, count: 16) + [0, 0, 0, 2, 1],
            [0, 0, 0, 64] + [UInt8](repeating: 0, count: 20 * 63),
        ] as [[UInt8]])
    func lying(_ bytes: [UInt8]) {
        #expect(Event.SealedPart.decode(bytes) == nil)
    }

    @Test func `whatever decodes encodes to the same bytes`() {
        let bytes = Event.SealedPart.encode(Self.parts)
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                if let parts = Event.SealedPart.decode(changed) { #expect(Event.SealedPart.encode(parts) == changed) }
            }
        }
    }

    @Test func `as many parts as can be read can be written`() {
        let most = [Event.SealedPart](repeating: Self.parts[0], count: 64)
        #expect(Event.SealedPart.decode(Event.SealedPart.encode(most)) == most)
    }
}
