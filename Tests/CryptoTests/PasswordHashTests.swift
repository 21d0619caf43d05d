import Crypto
import Domain
import TestSupport
import Testing

@Suite("Argon2id")
struct PasswordHashTests {
    @Test("known hashes", arguments: Vector.all("argon2id"))
    func vector(_ vector: Vector) throws {
        let password = Secret(vector.bytes("password"))
        let phc = try #require(vector.expected("phc"))
        let parameters = Argon2Parameters(
            memoryKiB: vector.integer("memory"), passes: vector.integer("passes"), lanes: vector.integer("lanes"))
        #expect(try PasswordHash.verify(password, phc: phc))
        #expect(try !PasswordHash.verify(Secret(password.exposed + [0]), phc: phc))
        #expect(try PasswordHash.parameters(of: phc) == parameters)
        #expect(phc.hasPrefix(parameters.format + "$"))
        if parameters.lanes == 1, vector.bytes("salt").count == PasswordHash.saltCount {
            #expect(try PasswordHash.hash(password, salt: vector.bytes("salt"), parameters: parameters) == phc)
        }
    }

    private static let cheap = Argon2Parameters(memoryKiB: 8, passes: 1)

    @Test func `every byte of a long password counts`() throws {
        let password = [UInt8](repeating: 0x61, count: 512)
        let phc = try PasswordHash.hash(Secret(password), salt: Random.bytes(16), parameters: Self.cheap)
        #expect(try PasswordHash.verify(Secret(password), phc: phc))
        #expect(try !PasswordHash.verify(Secret(Array(password.dropLast())), phc: phc))
        #expect(try !PasswordHash.verify(Secret(password.dropLast() + [0x62]), phc: phc))
    }

    @Test func `the standard is what it says`() {
        #expect(Argon2Parameters.standard.format == "$argon2id$v=19$m=19456,t=2,p=1")
    }

    private static let tail = "$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8"

    @Test(
        "what costs too much, or cannot be, is refused before anything is computed",
        arguments: [
            ("$argon2id$v=19$m=1048577,t=1,p=1" + tail, PasswordHashRefusal.tooCostly),
            ("$argon2id$v=19$m=4294967295,t=1,p=1" + tail, .tooCostly),
            ("$argon2id$v=19$m=64,t=65,p=1" + tail, .tooCostly),
            ("$argon2id$v=19$m=1024,t=1,p=17" + tail, .tooCostly),
            ("$argon2id$v=19$m=7,t=1,p=1" + tail, .unsupported),
            ("$argon2id$v=19$m=31,t=1,p=4" + tail, .unsupported),
            ("$argon2id$v=19$m=64,t=0,p=1" + tail, .unsupported),
            ("$argon2id$v=19$m=64,t=1,p=0" + tail, .unsupported),
        ])
    func ceiling(_ phc: String, _ refusal: PasswordHashRefusal) {
        let clock = ContinuousClock()
        let start = clock.now
        #expect(throws: refusal) { try PasswordHash.verify(Secret(utf8: "password"), phc: phc) }
        #expect(clock.now - start < .milliseconds(100))
    }

    @Test(
        "what is no hash of ours is refused",
        arguments: [
            "", "$", "$$$$$", "password", "$argon2id$v=19$m=64,t=1,p=1", "$argon2i$v=19$m=64,t=1,p=1" + tail,
            "$argon2d$v=19$m=64,t=1,p=1" + tail, "$argon2id$v=16$m=64,t=1,p=1" + tail,
            "$argon2id$m=64,t=1,p=1" + tail, "$argon2id$v=19$t=1,m=64,p=1" + tail,
            "$argon2id$v=19$m=064,t=1,p=1" + tail, "$argon2id$v=19$m=64,t=1,p=1,x=1" + tail,
            "$argon2id$v=19$m=99999999999,t=1,p=1" + tail, "$argon2id$v=19$m=-64,t=1,p=1" + tail,
            "$argon2id$v=19$m=64,t=1,p=" + tail, "$argon2id$v=19$m=64,t=1,p=1" + tail + "$",
            "$argon2id$v=19$m=64,t=1,p=1" + tail + "=", "$argon2id$v=19$m=64,t=1,p=1" + tail + "\0",
            "$argon2id$v=19$m=64,t=1,p=1$AAECAwQ$AAECAwQFBgcICQoLDA0ODw",
            "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQ",
            "$argon2id$v=19$m=64,t=1,p=1" + String(repeating: "A", count: 1_000), "$2b$10$abcdefghijklmnopqrstuv",
        ])
    func malformed(_ phc: String) {
        #expect(throws: PasswordHashRefusal.malformed) { try PasswordHash.verify(Secret(utf8: "x"), phc: phc) }
        #expect(PasswordHash.needsRehash(phc, wanted: Self.cheap))
    }

    @Test func `making a hash has the same limits`() {
        func refusal(_ memoryKiB: Int, _ passes: Int, _ lanes: Int) -> PasswordHashRefusal? {
            let parameters = Argon2Parameters(memoryKiB: memoryKiB, passes: passes, lanes: lanes)
            do throws(PasswordHashRefusal) {
                _ = try PasswordHash.hash(Secret([]), salt: Random.bytes(16), parameters: parameters)
                return nil
            } catch { return error }
        }
        #expect(refusal(8, 1, 1) == nil)
        #expect(refusal(7, 1, 1) == .unsupported)
        #expect(refusal(8, 0, 1) == .unsupported)
        #expect(refusal(-1, 1, 1) == .unsupported)
        #expect(refusal(64, 1, 2) == .unsupported)
        #expect(refusal(.max, 1, 1) == .tooCostly)
        #expect(refusal(8, .max, 1) == .tooCostly)
    }

    @Test(
        "a hash is made again when it is weaker than wanted, in memory or in passes",
        arguments: [
            ("m=19456,t=2,p=1", false), ("m=19455,t=2,p=1", true), ("m=19456,t=1,p=1", true),
            ("m=65536,t=3,p=4", false), ("m=65536,t=1,p=1", true), ("m=8192,t=9,p=1", true),
        ])
    func rehash(_ costs: String, _ isNeeded: Bool) {
        #expect(PasswordHash.needsRehash("$argon2id$v=19$\(costs)" + Self.tail, wanted: .standard) == isNeeded)
    }
}
