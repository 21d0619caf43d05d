import Crypto
import Domain
import Standards
import Testing

@Suite("age-encryption.org/v1") struct AgeTests {
    private let identity = AgeIdentity(secret: Secret([UInt8](repeating: 7, count: 32)))!

    private func sealed(_ plain: [UInt8], to recipients: [AgeRecipient]) throws -> [UInt8] {
        var writer = try #require(AgeWriter(to: recipients, random: { Random.bytes($0) }))
        var file = writer.head
        for start in stride(from: 0, to: plain.count, by: 50_000) {
            file += writer.write(Array(plain[start..<min(start + 50_000, plain.count)]))
        }
        return file + writer.finish()
    }

    private func opened(_ file: [UInt8], _ identities: [AgeIdentity], piece: Int = 10_007) throws -> [UInt8] {
        var reader = AgeReader(identities)
        var plain: [UInt8] = []
        for start in stride(from: 0, to: file.count, by: piece) {
            plain += try reader.read(Array(file[start..<min(start + piece, file.count)]))
        }
        return try plain + reader.finish()
    }

    /// A pair that age-keygen made.
    @Test func `keys are written as age writes them`() throws {
        let text = "AGE-SECRET-KEY-1C9JJ8VW6X4A66NT3GUVN676FD3GUL6ET3LH6PGM26ZJMYG7PMCQSS7HFQ0"
        let identity = try #require(AgeIdentity(text))
        #expect(identity.recipient.text == "age1jp73g8uqy9sq3v5zjq2z6u43cn4j0fyuj6eenekjxk8tqflwy3csq250k3")
        #expect(AgeRecipient(identity.recipient.text)?.text == identity.recipient.text)
        for wrong in [
            text.lowercased() + "q", String(text.dropLast()) + "Q", "age1" + text, "AGE" + identity.recipient.text,
            String(identity.recipient.text.dropLast()) + "q", "Age" + identity.recipient.text.dropFirst(3),
        ] {
            #expect(AgeIdentity(wrong) == nil && AgeRecipient(wrong) == nil)
        }
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000])
    func `what was encrypted comes back`(_ count: Int) throws {
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let other = try #require(AgeIdentity(secret: Secret([UInt8](repeating: 9, count: 32))))
        let file = try sealed(plain, to: [other.recipient, identity.recipient])
        #expect(AgeReader.isEncrypted(file))
        #expect(try opened(file, [identity]) == plain)
        #expect(try opened(file, [other], piece: 1 << 20) == plain)
    }

    @Test func `without the right key nothing comes out`() throws {
        let file = try sealed([1, 2, 3], to: [identity.recipient])
        let stranger = try #require(AgeIdentity(secret: Secret([UInt8](repeating: 8, count: 32))))
        #expect(throws: AgeReader.Fault.wrongIdentity) { try opened(file, [stranger]) }
    }

    @Test func `every change and every cut is noticed`() throws {
        let plain = [UInt8](repeating: 0x61, count: 70_000)
        let file = try sealed(plain, to: [identity.recipient])
        for place in [0, 30, 80, 120, 150, 170, 190, 230, 66_000, file.count - 1] {
            var changed = file
            changed[place] ^= 1
            #expect(throws: AgeReader.Fault.self, "byte \(place)") { try opened(changed, [identity]) }
        }
        // Also where a piece ends: the last one is marked.
        let head = file.count - 70_000 - 32
        for count in [10, 100, head, head + 65_552, file.count - 1] {
            #expect(throws: AgeReader.Fault.self, "\(count) bytes") { try opened(Array(file[..<count]), [identity]) }
        }
    }
}
