import Crypto
import Domain
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("API keys from memory") struct LiveAPIKeyTests {
    /// A world whose database can be made to fail, with a follower where it is one of several nodes.
    private func withStaged(
        _ backend: Backend = .sqlite, isShared: Bool = false, environmentKey: EnvironmentKey? = nil,
        _ body: (World, StagedStore, any Store) async throws -> Void
    ) async throws {
        let clock = ManualClock(Backend.systemClock())
        let now: @Sendable () -> Timestamp = { clock.now }
        try await backend.withStore(now: now) { store in
            let staged = StagedStore(store, isShared: isShared)
            let world = try await World.open(staged, clock: clock, environmentKey: environmentKey)
            try await body(world, staged, store)
        }
    }

    @Test func `what is known is answered without a database, be it good or bad`() async throws {
        try await withStaged { world, staged, _ in
            let (good, _) = try await world.key("good", networks: ["10.0.0.0/8"])
            let (bad, key) = try await world.key("bad")
            #expect(try await world.word(good, from: "10.1.2.3") == "good")
            #expect(try await world.word(bad) == "bad")
            _ = try await world.useCases.revokeAPIKey(key.id, in: .standard, by: .commandLine)
            #expect(try await world.word(bad) == "key_revoked")
            staged.fail(true)
            for _ in 0..<3 {
                #expect(try await world.word(good, from: "10.1.2.3") == "good")
                #expect(try await world.word(good) == "key_network")
                #expect(try await world.word(bad) == "key_revoked")
            }
        }
    }

    @Test func `made-up keys cost neither a read nor memory`() async throws {
        try await withStaged { world, staged, _ in
            let (good, key) = try await world.key("good")
            #expect(try await world.word(good) == "good")
            let live = world.useCases.maintenance.live.apiKeys
            let known = live.count
            staged.fail(true)
            for number in 0..<2_000 {
                // The id of a key that exists, as often as one that does not.
                let id = number.isMultiple(of: 2) ? key.id : ID<APIKey>(at: world.clock.now, random: Random.bytes(10))
                let text = APIKeyText(id: id, secret: Secret(Random.bytes(APIKeyText.secretCount))).text
                #expect(try await world.word(text) == "key_unknown")
            }
            #expect(live.count == known)
        }
    }

    @Test func `every character of a key counts, and it has one spelling`() async throws {
        try await withStaged { world, staged, _ in
            let (good, _) = try await world.key("good")
            #expect(try await world.word(good) == "good")
            staged.fail(true)
            let octets = Array(good.utf8)
            for place in octets.indices {
                var changed = octets
                changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                let outcome = try await world.useCases.checkAPIKey(changed[...], in: world.realm, from: .local)
                #expect(!outcome.isGood, "at \(place)")
            }
            for other in [
                "", "aldrava_", String(good.dropLast()), good + "A", good + "=", " " + good,
                good.uppercased(), String(good.dropFirst(8)),
            ] {
                #expect(try await world.word(other) == "key_malformed", "\(other.utf8.count)")
            }
        }
    }

    @Test func `another realm's key is refused like a made-up one, without a read`() async throws {
        try await withStaged { world, staged, _ in
            let (mine, _) = try await world.key("mine")
            let (theirs, _) = try await world.key("theirs", in: .system)
            let system = try #require(try await world.useCases.realms.find(.system))
            let check = world.useCases.checkAPIKey
            #expect(try await world.word(mine) == "mine")
            #expect(try await check(theirs.bytes, in: system, from: .local).isGood)
            staged.fail(true)
            #expect(try await world.word(theirs) == "key_unknown")
            guard case .refused(.unknown) = try await check(mine.bytes, in: system, from: .local) else {
                Issue.record("a key of another realm is known")
                return
            }
            #expect(try await world.word(mine) == "mine")
        }
    }

    @Test(arguments: Backend.available)
    func `a key is bound to its networks`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (text, _) = try await world.key("backup", networks: ["10.0.0.0/8", "2001:db8::/32"])
            let (local, _) = try await world.key("local", networks: ["127.0.0.0/8"])
            let words = [
                ("192.0.2.7", "key_network"), ("10.255.0.1", "backup"), ("11.0.0.1", "key_network"),
                ("2001:db8::7", "backup"), ("2001:db9::7", "key_network"), ("::ffff:10.1.2.3", "backup"),
            ]
            for (address, word) in words + words { #expect(try await world.word(text, from: address) == word) }
            let check = world.useCases.checkAPIKey
            #expect(try await !check(text.bytes, in: world.realm, from: .local).isGood)
            #expect(try await check(local.bytes, in: world.realm, from: .local).isGood)
        }
    }

    @Test func `the key from the settings needs no database, and is bound like any other`() async throws {
        let (secret, previous) = ("a-key!of#printable~characters,32", "another-key-of-32-characters-ago")
        let end = Backend.systemClock() + .seconds(3_600)
        let pair = try #require(Permission.Pair("messages:read"))
        let key = EnvironmentKey(
            Secret(utf8: secret), previous: Secret(utf8: previous), permissions: [pair],
            networks: [try #require(AddressBlock("10.0.0.0/8"))], expiresAt: end)
        try await withStaged(environmentKey: key) { world, staged, _ in
            let system = try #require(try await world.useCases.realms.find(.system))
            staged.fail(true)
            for text in [secret, previous] {
                let holder = try #require(try await world.holder(text, from: "10.0.0.1"))
                #expect(holder.id == nil && holder.name == "environment" && holder.realm == .standard)
                #expect(holder.grants.permissions == ["messages:read"] && holder.grants.roles.isEmpty)
                #expect(try await world.word(text) == "key_network")
                let elsewhere = try await world.useCases.checkAPIKey(text.bytes, in: system, from: .local)
                #expect(!elsewhere.isGood)
            }
            for wrong in ["", secret + "x", String(secret.dropLast()), secret.uppercased()] {
                #expect(try await world.word(wrong, from: "10.0.0.1") == "key_malformed")
            }
            world.goTo(end, before: .milliseconds(1))
            #expect(try await world.word(secret, from: "10.0.0.1") == "environment")
            world.clock.advance(by: .milliseconds(1))
            #expect(try await world.word(secret, from: "10.0.0.1") == "key_expired")
            #expect(try await world.word(previous, from: "10.0.0.1") == "key_expired")
        }
    }

    @Test(arguments: Backend.available)
    func `a key revoked on another node is refused here`(_ backend: Backend) async throws {
        try await withStaged(backend, isShared: true) { here, _, store in
            let follower = Task { await here.useCases.maintenance.followFeed() }
            defer { follower.cancel() }
            for _ in 0..<5_000 where !here.useCases.maintenance.live.isUsable {
                try await Task.sleep(for: .milliseconds(1))
            }
            let there = try await World.open(
                StagedStore(store, isShared: true), clock: here.clock, node: "there")
            let (text, key) = try await there.key("backup")
            #expect(try await here.word(text) == "backup")
            guard case .revoked = try await there.useCases.revokeAPIKey(key.id, in: .standard, by: .commandLine) else {
                Issue.record("not revoked")
                return
            }
            var word = ""
            for _ in 0..<3_000 where word != "key_revoked" {
                word = try await here.word(text)
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(word == "key_revoked")
        }
    }

    @Test func `without a lease memory says nothing`() async throws {
        try await withStaged(isShared: true) { world, _, _ in
            let (text, _) = try await world.key("backup")
            let live = world.useCases.maintenance.live
            func fromMemory() -> Bool? {
                world.useCases.checkAPIKey.fromMemory(text.bytes, in: world.realm, from: .local)?.isGood
            }
            #expect(try await world.word(text) == "backup")
            #expect(fromMemory() == nil && live.apiKeys.count == 0)
            live.extendLease(from: Backend.systemClock().milliseconds + 60_000)
            #expect(try await world.word(text) == "backup")
            #expect(fromMemory() == true)
            live.extendLease(from: Backend.systemClock().milliseconds - 600)
            #expect(fromMemory() == nil)
        }
    }

    @Test func `what was read before a change is not kept after it`() async throws {
        try await withStaged { world, staged, _ in
            let (text, key) = try await world.key("backup")
            staged.holdNextRead()
            let check = world.useCases.checkAPIKey
            let realm = world.realm
            let reading = Task { try await check(text.bytes, in: realm, from: .local).isGood }
            for _ in 0..<5_000 where staged.heldReads == 0 { try await Task.sleep(for: .milliseconds(1)) }
            _ = try await world.useCases.revokeAPIKey(key.id, in: .standard, by: .commandLine)
            staged.letGo()
            _ = try await reading.value
            #expect(world.useCases.maintenance.live.apiKeys.count == 0)
            #expect(try await world.word(text) == "key_revoked")
        }
    }

    @Test func `a change of one key leaves the others in memory, and a realm's takes all of its own`() async throws {
        try await withStaged { world, _, _ in
            let (first, key) = try await world.key("first")
            let (second, _) = try await world.key("second")
            for text in [first, second] { _ = try await world.word(text) }
            let live = world.useCases.maintenance.live
            #expect(live.apiKeys.count == 2)
            live.invalidate(.apiKey(key.id, .standard))
            #expect(live.apiKeys.count == 1)
            live.invalidate(.realm(.system))
            #expect(live.apiKeys.count == 1)
            live.invalidate(.realm(.standard))
            #expect(live.apiKeys.count == 0)
        }
    }

    @Test func `a key's use is told once a minute at most, and all of it at the end`() async throws {
        try await withStaged { world, _, _ in
            let (first, key) = try await world.key("first")
            let (second, _) = try await world.key("second")
            let live = world.useCases.maintenance.live.apiKeys
            func taken(_ now: Int64, isLast: Bool = false) -> Int { live.takeUses(at: now, isLast: isLast).count }
            #expect(taken(1_000) == 0)
            _ = try await world.word(first, from: "192.0.2.1")
            _ = try await world.word(first, from: "192.0.2.2")
            let told = live.takeUses(at: 1_000, isLast: false)
            #expect(told.map(\.key) == [key.id] && told.map(\.address) == ["192.0.2.2"])
            _ = try await world.word(first)
            _ = try await world.word(second)
            #expect(taken(60_999) == 1)
            #expect(taken(61_000) == 1)
            _ = try await world.word(first)
            #expect(taken(61_001) == 0)
            #expect(taken(61_002, isLast: true) == 1)
            #expect(taken(61_003, isLast: true) == 0)
        }
    }

    @Test func `a key made before a change of the master key is known for ours after it`() throws {
        let capabilities = Capabilities(
            now: { Timestamp(milliseconds: 0) }, monotonic: { 0 }, random: { Random.bytes($0) }, pause: { _ in },
            report: { _ in })
        let id = ID<APIKey>(at: Timestamp(milliseconds: 0), random: Random.bytes(10))
        let before = DataKeys.fresh(capabilities)
        let text = APIKeySeals(before, capabilities).make(id, in: .standard)
        let retired = before.all.map { $0.retired(at: Timestamp(milliseconds: 0)) }
        let fresh = DataKeys.fresh(capabilities, epoch: 2)
        let after = APIKeySeals(DataKeys(retired + fresh.all), capabilities)
        #expect(after.isOurs(text, in: .standard) && !after.isOurs(text, in: .system))
        #expect(!APIKeySeals(fresh, capabilities).isOurs(text, in: .standard))
        let made = after.make(id, in: .standard)
        #expect(APIKeySeals(fresh, capabilities).isOurs(made, in: .standard))
        #expect(APIKeyText(made.text.bytes)?.secret.exposed == made.secret.exposed)
    }
}
