import Crypto
import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Passwords hashed elsewhere")
struct ForeignHashTests {
    private static let bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
    private static let ours = "$argon2id$v=19$m=64,t=1,p=1"

    /// One of each family; the published ones, in their first owners' spelling.
    static let hashes: [(password: String, stored: String)] = [
        ("U*U", bcrypt),
        ("password", "$bcrypt-sha256$2a,5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu"),
        ("password", "pbkdf2:sha1:4096$salt$4b007901b765489abead49d926f721d065a429c1"),
        (
            "pleaseletmein",
            "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw"
        ),
        ("password", "$argon2i$m=256,t=2,p=2$c29tZXNhbHQ$tsEVYKap1h6scGt5ovl9aLRGOqOth+AMB+KwHpDFZPs"),
        ("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"),
        ("password", "$y$j9T$LdJMENpBABJJ3hIHjB1Bi.$u2OTvjfFNnWXgGAOFvgB1vH5NgjtzZuf1aX1t4YvTE."),
    ]

    private func stored(_ text: String) throws -> StoredPassword {
        let hash = try StoredHash.read(text).get()
        return StoredPassword(hash: hash.canonical, format: hash.format)
    }

    /// Puts the hash in the place of the user's own.
    private func give(_ user: ID<User>, _ text: String, in world: World) async throws {
        let password = try stored(text)
        try await world.store.transaction { (tx) throws(StoreFault) in try tx.setPassword(password, of: user) }
    }

    private func password(of user: ID<User>, in world: World) async throws -> StoredPassword {
        let found = try await world.store.read { (reader) throws(StoreFault) in try reader.password(of: user) }
        return try #require(found)
    }

    private func isSignedIn(_ outcome: SignIn.Outcome) -> Bool {
        if case .signedIn = outcome { true } else { false }
    }

    @Test(arguments: Backend.available)
    func `they sign in, and are ours after the answer`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let user = try await world.signUp().user.id
            for (text, foreign) in Self.hashes {
                try await give(user, foreign, in: world)
                let before = try await password(of: user, in: world)
                #expect(try await !isSignedIn(world.signIn(password: text + "x")), "\(foreign)")
                await world.useCases.passwordUpgrades.performAll()
                #expect(try await password(of: user, in: world).format == before.format)

                #expect(try await isSignedIn(world.signIn(password: text)), "\(foreign)")
                // The answer did not wait for it.
                #expect(try await password(of: user, in: world).hash.exposed == before.hash.exposed)
                await world.useCases.passwordUpgrades.performAll()
                let after = try await password(of: user, in: world)
                #expect(after.format == Self.ours, "\(foreign)")
                #expect(String(decoding: after.hash.exposed, as: UTF8.self).hasPrefix(Self.ours + "$"))
                #expect(try await isSignedIn(world.signIn(password: text)))
                #expect(try await !isSignedIn(world.signIn(password: text + "x")))
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a password that was changed meanwhile stays`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let user = try await world.signUp().user.id
            try await give(user, Self.bcrypt, in: world)
            #expect(try await isSignedIn(world.signIn(password: "U*U")))
            let changed = "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
            try await give(user, changed, in: world)
            await world.useCases.passwordUpgrades.performAll()
            #expect(try await password(of: user, in: world).format == "$5$rounds=5000")
            #expect(try await !isSignedIn(world.signIn(password: "U*U")))
        }
    }

    @Test(arguments: Backend.available)
    func `who signs in while the hash is made anew is let in all the same`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let user = try await world.signUp().user.id
            try await give(user, Self.bcrypt, in: world)
            let staged = StagedStore(world.store)
            let other = try await World.open(staged, clock: world.clock)
            staged.holdNextRead()
            async let late = other.signIn(password: "U*U")
            while staged.heldReads == 0 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(try await isSignedIn(world.signIn(password: "U*U")))
            await world.useCases.passwordUpgrades.performAll()
            #expect(try await password(of: user, in: world).format == Self.ours)
            staged.letGo()
            #expect(try await isSignedIn(late))

            // Another password in its place is none of that.
            try await give(user, Self.bcrypt, in: world)
            staged.holdNextRead()
            async let outdated = other.signIn(password: "U*U")
            while staged.heldReads == 0 { try await Task.sleep(for: .milliseconds(1)) }
            try await give(user, Self.hashes[5].stored, in: world)
            staged.letGo()
            #expect(try await !isSignedIn(outdated))
        }
    }

    @Test func `the upgrades run by themselves until they are stopped, and many at once are few`() async throws {
        try await withWorld(.sqlite) { world in
            let user = try await world.signUp().user.id
            try await give(user, Self.bcrypt, in: world)
            let running = Task { await world.useCases.passwordUpgrades.run() }
            for _ in 0..<3 { #expect(try await isSignedIn(world.signIn(password: "U*U"))) }
            for _ in 0..<2_000 where try await password(of: user, in: world).format != Self.ours {
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(try await password(of: user, in: world).format == Self.ours)
            running.cancel()
            await running.value
        }
    }

    @Test(arguments: Backend.available)
    func `a hash that cannot be read is reported, and nobody's sign-in`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let user = try await world.signUp().user.id
            try await world.store.transaction { (tx) throws(StoreFault) in
                let broken = StoredPassword(hash: Secret(utf8: "$2b$31$" + Self.bcrypt.dropFirst(7)), format: "$2b$31")
                try tx.setPassword(broken, of: user)
            }
            #expect(try await !isSignedIn(world.signIn(password: "U*U")))
            #expect(world.reports.all.contains { $0.did == "hash_failed" && $0.detail == "tooCostly" })
        }
    }

    @Test(arguments: Backend.available)
    func `what was typed fits a foreign hash in its own normal form too`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let user = try await world.signUp().user.id
            // SHA-crypt of "e" with a combining accent, made by Debian's crypt(3).
            try await give(
                user, "$5$rounds=1000$saltsalt$xbyxJ/NizPEMCXWTCXQE30Imn7GF6.VpqMEk/btHw01", in: world)
            #expect(try await isSignedIn(world.signIn(password: "cafe\u{301}")))
            await world.useCases.passwordUpgrades.performAll()
            #expect(try await isSignedIn(world.signIn(password: "cafe\u{301}")))
            #expect(try await isSignedIn(world.signIn(password: "caf\u{E9}")))
        }
    }
}

@Suite("Dummies of a realm's mix of hashes")
struct PasswordMixTests {
    private static func fingerprint(_ number: UInt64) -> ID<Event> {
        ID(high: number, low: number &* 0x9E37_79B9_7F4A_7C15)
    }

    private static func format(_ text: Secret?) throws -> String {
        try StoredHash.read(String(decoding: #require(text).exposed, as: UTF8.self)).get().format
    }

    @Test func `they come in the formats that there are, as often as there are`() throws {
        let memory = PasswordMemory(parameters: .standard)
        let formats = ["$2b$10", "$pbkdf2-sha256$600000", "$scrypt$ln=15,r=8,p=1", Argon2Parameters.standard.format]
        memory.setMix(
            zip(formats, [100, 150, 250, 500] as [Int64]).map { PasswordFormatCount(format: $0, count: $1) }
                + [PasswordFormatCount(format: "unreadable", count: 1_000_000)], realm: .standard)
        var counts: [String: Int] = [:]
        for number in 0..<10_000 as Range<UInt64> {
            let fingerprint = Self.fingerprint(number)
            let format = try Self.format(memory.dummy(for: fingerprint, .standard))
            #expect(try Self.format(memory.dummy(for: fingerprint, .standard)) == format)
            counts[format, default: 0] += 1
        }
        for (format, share) in zip(formats, [1_000, 1_500, 2_500, 5_000]) {
            #expect(((share - 200)...(share + 200)).contains(counts[format] ?? 0), "\(format)")
        }
        #expect(counts.count == 4)
    }

    @Test func `an empty or unknown realm has our own`() throws {
        let memory = PasswordMemory(parameters: Argon2Parameters(memoryKiB: 64, passes: 3))
        memory.setMix([], realm: .standard)
        for realm in [RealmName.standard, .system] {
            let format = try Self.format(memory.dummy(for: Self.fingerprint(1), realm))
            #expect(format == "$argon2id$v=19$m=64,t=3,p=1")
        }
    }

    @Test(arguments: Backend.available)
    func `an unknown name takes as long as a known one with a foreign hash`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let user = try await world.signUp().user.id
            let hash = try StoredHash.read("$2b$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW").get()
            let password = StoredPassword(hash: hash.canonical, format: hash.format)
            try await world.store.transaction { (tx) throws(StoreFault) in try tx.setPassword(password, of: user) }
            world.useCases.maintenance.memory.setMix(
                [PasswordFormatCount(format: hash.format, count: 1)], realm: .standard)
            // In turns, because other tests hash at the same time.
            var least = [Duration](repeating: .seconds(60), count: 2)
            for _ in 0..<12 {
                for (index, name) in ["maria", "nobody"].enumerated() {
                    let start = ContinuousClock.now
                    guard case .refused(.invalidCredentials) = try await world.signIn(name, password: "wrong") else {
                        throw World.WorldFault.refused(name)
                    }
                    least[index] = min(least[index], ContinuousClock.now - start)
                }
            }
            let (known, unknown) = (least[0], least[1])
            // Ours takes a hundredth of that here.
            #expect(unknown > known / 2 && known > unknown / 2, "\(known) and \(unknown)")
        }
    }
}
