import Crypto
import Domain
import TestSupport
import Testing

@Suite("Argon2id")
struct PasswordHashTests {
    private static func fits(_ password: Secret, _ phc: String) throws -> Bool {
        try StoredHash.read(phc).get().fits(password, normalised: password)
    }

    @Test("known hashes", arguments: Vector.all("argon2id"))
    func vector(_ vector: Vector) throws {
        let password = Secret(vector.bytes("password"))
        let phc = try #require(vector.expected("phc"))
        let parameters = Argon2Parameters(
            memoryKiB: vector.integer("memory"), passes: vector.integer("passes"), lanes: vector.integer("lanes"))
        #expect(try Self.fits(password, phc))
        #expect(try !Self.fits(Secret(password.exposed + [0]), phc))
        #expect(try StoredHash.read(phc).get().format == parameters.format)
        if parameters.lanes == 1, vector.bytes("salt").count == PasswordHash.saltCount {
            #expect(try PasswordHash.hash(password, salt: vector.bytes("salt"), parameters: parameters) == phc)
        }
    }

    private static let cheap = Argon2Parameters(memoryKiB: 8, passes: 1)

    @Test func `every byte of a long password counts`() throws {
        let password = [UInt8](repeating: 0x61, count: 512)
        let phc = try PasswordHash.hash(Secret(password), salt: Random.bytes(16), parameters: Self.cheap)
        #expect(try Self.fits(Secret(password), phc))
        #expect(try !Self.fits(Secret(Array(password.dropLast())), phc))
        #expect(try !Self.fits(Secret(password.dropLast() + [0x62]), phc))
    }

    @Test func `the standard is what it says`() {
        #expect(Argon2Parameters.standard.format == "$argon2id$v=19$m=19456,t=2,p=1")
    }

    private static let tail = "$AAECAwQFBgcICQoLDA0ODw$AAECAwQFBgcICQoLDA0ODwABAgMEBQYHCAkKCwwNDg8"

    @Test(
        "what costs too much, or cannot be, is refused before anything is computed",
        arguments: [
            ("$argon2id$v=19$m=1048577,t=1,p=1" + tail, HashProblem.tooCostly),
            ("$argon2id$v=19$m=4294967295,t=1,p=1" + tail, .tooCostly),
            ("$argon2id$v=19$m=64,t=65,p=1" + tail, .tooCostly),
            ("$argon2id$v=19$m=1024,t=1,p=17" + tail, .tooCostly),
            ("$argon2id$v=19$m=7,t=1,p=1" + tail, .malformed),
            ("$argon2id$v=19$m=31,t=1,p=4" + tail, .malformed),
            ("$argon2id$v=19$m=64,t=0,p=1" + tail, .malformed),
            ("$argon2id$v=19$m=64,t=1,p=0" + tail, .malformed),
        ])
    func ceiling(_ phc: String, _ problem: HashProblem) {
        let clock = ContinuousClock()
        let start = clock.now
        #expect(throws: problem) { try Self.fits(Secret(utf8: "password"), phc) }
        #expect(clock.now - start < .milliseconds(100))
    }

    @Test(
        "what is no PHC string is refused",
        arguments: [
            "$argon2id$v=19$m=64,t=1,p=1", "$argon2id$v=17$m=64,t=1,p=1" + tail, "$argon2id$v=19$t=1,m=64,p=1" + tail,
            "$argon2id$v=19$m=064,t=1,p=1" + tail, "$argon2id$v=19$m=64,t=1,p=1,x=1" + tail,
            "$argon2id$v=19$m=99999999999,t=1,p=1" + tail, "$argon2id$v=19$m=-64,t=1,p=1" + tail,
            "$argon2id$v=19$m=64,t=1,p=" + tail, "$argon2id$v=19$m=64,t=1,p=1" + tail + "$",
            "$argon2id$v=19$m=64,t=1,p=1" + tail + "=", "$argon2id$v=19$m=64,t=1,p=1" + tail + "\0",
            "$argon2id$v=19$m=64,t=1,p=1$AAECAwQ$AAECAwQFBgcICQoLDA0ODw",
            "$argon2id$v=19$m=64,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$AAECAwQ",
            "$argon2id$v=19$m=64,t=1,p=1" + String(repeating: "A", count: 1_000),
        ])
    func malformed(_ phc: String) {
        #expect(throws: HashProblem.malformed) { try Self.fits(Secret(utf8: "x"), phc) }
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
    func rehash(_ costs: String, _ isNeeded: Bool) throws {
        let hash = try StoredHash.read("$argon2id$v=19$\(costs)" + Self.tail).get()
        #expect(hash.needsRehash(wanted: .standard) == isNeeded)
    }
}
