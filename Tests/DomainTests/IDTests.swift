import Domain
import TestSupport
import Testing

@Suite("Ids and counters")
struct IDTests {
    @Test("UUIDv7, RFC 9562 A.6", arguments: Vector.all("uuidv7"))
    func vector(_ vector: Vector) throws {
        let time = Timestamp(milliseconds: Int64(vector.integer("milliseconds")))
        let id = ID<User>(at: time, random: vector.bytes("random"))
        let text = try #require(vector.expected("text"))
        #expect(id.text == text)
        #expect(ID<User>(text) == id)
        #expect(ID<User>(text.uppercased()) == id)
        #expect(ID<User>(bytes: id.bytes) == id)
        #expect(hexadecimal(id.bytes) == text.replacing("-", with: ""))
    }

    @Test func `version and variant are set whatever the random bytes are`() {
        for byte in [UInt8(0), 0xFF] {
            let id = ID<User>(at: Timestamp(milliseconds: 1), random: [UInt8](repeating: byte, count: 10))
            #expect(id.bytes[6] >> 4 == 7)
            #expect(id.bytes[8] >> 6 == 2)
        }
    }

    @Test func `later ids sort behind earlier ones, as values and as texts`() {
        let random = [UInt8](repeating: 0xFF, count: 10)
        let ids = (0..<100).map { ID<User>(at: Timestamp(milliseconds: 1_700_000_000_000 + $0), random: random) }
        #expect(ids == ids.sorted())
        #expect(ids.map(\.text) == ids.map(\.text).sorted())
    }

    @Test(
        "texts that are no ids",
        arguments: [
            "", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
            "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4_dc0c0c07398f",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398\u{FF46}", " 017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
            "------------------------------------", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n",
        ])
    func refused(_ text: String) {
        #expect(ID<User>(text) == nil)
    }

    @Test func `ids have sixteen bytes`() {
        for count in [0, 1, 15, 17, 32] { #expect(ID<User>(bytes: [UInt8](repeating: 1, count: count)) == nil) }
    }

    @Test func `counters begin at one, never trap and know their neighbours`() throws {
        #expect(Counter(0) == nil)
        #expect(Counter(-1) == nil)
        #expect(Counter(.min) == nil)
        let last = try #require(Counter(.max))
        #expect(Counter.first.value == 1)
        #expect(Counter.first.next.value == 2)
        #expect(last.next == last)
        #expect(Counter.first.isPredecessor(of: Counter.first.next))
        #expect(!Counter.first.isPredecessor(of: .first))
        #expect(!Counter.first.next.isPredecessor(of: .first))
        #expect(!Counter.first.isPredecessor(of: last))
        #expect(!last.isPredecessor(of: last))
        #expect(!last.isPredecessor(of: .first))
        #expect(Counter.first < last)
    }
}
