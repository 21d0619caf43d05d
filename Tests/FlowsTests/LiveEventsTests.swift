import Concurrency
import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Streams of events") struct LiveEventsTests {
    /// A follower whose pieces a task of the test's own gathers.
    private final class Reading: Sendable {
        private let pieces = Lock<[String]>([])
        private let task: Task<Void, Never>

        init(_ follower: EventFollower) {
            let pieces = pieces
            task = Task {
                while let piece = await follower.next() {
                    pieces.withLock { $0.append(String(decoding: piece, as: UTF8.self)) }
                }
                pieces.withLock { $0.append("<over>") }
            }
        }

        deinit { task.cancel() }

        func cancel() { task.cancel() }
        var text: String { pieces.withLock { $0.joined() } }
        var ids: [String] { values("id: ") }
        var lines: [JSON] { values("data: ").compactMap { try? JSON.parse($0) } }
        var dids: [String] { lines.compactMap { $0["did"]?.string } }
        var end: String? { lines.last?["reason"]?.string }

        private func values(_ field: String) -> [String] {
            text.split(separator: "\n").filter { $0.hasPrefix(field) }.map { String($0.dropFirst(field.utf8.count)) }
        }

        /// Waits until the condition holds, ten seconds at most; `step` is done again and again meanwhile.
        func until(_ step: () async -> Void = {}, _ condition: (Reading) -> Bool) async -> Bool {
            for _ in 0..<5_000 {
                await step()
                if condition(self) { return true }
                try? await Task.sleep(for: .milliseconds(2))
            }
            return condition(self)
        }
    }

    private func follow(
        _ world: World, _ tokens: SignedIn, matching filter: EventFilter = EventFilter(), after cursor: String? = nil
    ) async throws -> EventFollower {
        let principal = try await world.whoIs(tokens.accessToken).get()
        let keeper = Vigil.Keeper(world.useCases.authenticate, realms: world.useCases.realms)
        let found = keeper.vigil(
            over: Credentials(bearer: Array(tokens.accessToken.utf8)[...]), by: .bearer, in: world.realm,
            while: { $0.hasRole("admin") })
        let vigil = try #require(found)
        let opening = try await world.useCases.liveEvents.follow(
            in: .standard, matching: filter, after: cursor.flatMap(EventPosition.init(cursor:)), by: principal.user.id,
            vigil: vigil)
        guard case .following(let follower) = opening else { throw World.WorldFault.refused("\(opening)") }
        return follower
    }

    private func administrator(_ world: World, _ name: String = "maria") async throws -> SignedIn {
        let tokens = try await world.signUp(name)
        try await world.grant(role: "admin", to: name)
        _ = try await world.audit(count: 4)
        return tokens
    }

    @Test(arguments: Backend.available)
    func `a stream begins with its place and tells what comes, in order and once`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let reading = Reading(try await follow(world, try await administrator(world)))
            let live = world.useCases.liveEvents
            #expect(await reading.until { $0.text.hasPrefix("retry: 1000\nid: ") })
            for number in 0..<20 {
                try await world.write("e\(number)", at: 1)
                // Another realm's events are nobody's business here.
                _ = try await world.useCases.createRole(
                    name: "x\(number)", description: "", in: .system, by: .commandLine)
                if number % 3 == 0 { await live.advance() }
            }
            #expect(await reading.until({ await live.advance() }) { $0.dids.count >= 20 })
            #expect(reading.dids == (0..<20).map { "e\($0)" })
            #expect(Set(reading.ids).count == 21)
            let members = try #require(reading.lines.first?.members).map(\.name)
            #expect(members.first == "id" && members.count == 10)
        }
    }

    @Test(arguments: Backend.available)
    func `a stream resumes behind any of its events, from the window and from the database`(_ backend: Backend)
        async throws
    {
        try await withWorld(backend) { world in
            let tokens = try await administrator(world)
            let live = world.useCases.liveEvents
            let first = Reading(try await follow(world, tokens))
            for number in 0..<10 {
                try await world.write("e\(number)", at: 1)
                _ = try await world.useCases.createRole(
                    name: "x\(number)", description: "", in: .system, by: .commandLine)
            }
            #expect(await first.until({ await live.advance() }) { $0.dids.count == 10 })
            for id in [0, 1, 5, 10] {
                let again = Reading(try await follow(world, tokens, after: first.ids[id]))
                #expect(await again.until { $0.dids.count == 10 - id })
                #expect(again.dids == (id..<10).map { "e\($0)" })
            }
            // A node that has just started has no window.
            let other = try await World.open(world.store, clock: world.clock, node: "other")
            let there = Reading(try await follow(other, tokens, after: first.ids[3]))
            try await world.write("late", at: 1)
            #expect(await there.until({ await other.useCases.liveEvents.advance() }) { $0.dids.count == 8 })
            #expect(there.dids == (3..<10).map { "e\($0)" } + ["late"])
        }
    }

    @Test func `a realm that is disabled ends its streams, whoever was let in just before`() async throws {
        try await withWorld(.sqlite) { world in
            let tokens = try await administrator(world)
            let reading = Reading(try await follow(world, tokens))
            _ = try await world.useCases.changeRealm(
                .standard, by: try RealmPatch(setting: ["enabled=no"]), actor: .commandLine)
            // A request that was on its way with the realm from before, and that leaves the session in memory.
            _ = try await world.whoIs(tokens.accessToken).get()
            try await world.write("too late", at: 1)
            #expect(await reading.until({ await world.useCases.liveEvents.advance() }) { $0.end != nil })
            #expect(reading.end == "session_ended" && !reading.dids.contains("too late"))
        }
    }

    @Test func `a reader that fell out of the window misses nothing`() async throws {
        try await withWorld(.sqlite) { world in
            let tokens = try await administrator(world)
            let follower = try await follow(world, tokens)
            let recorder = world.useCases.recordEvents.recorder
            let total = 9_000
            for slice in 0..<9 {
                let drafts = (0..<1_000).map { number in
                    recorder.draft(
                        did: "e\(slice * 1_000 + number)", Event.Consequences(ifOK: "a", ifDoubt: "b", ifNot: "c"),
                        realm: .standard, status: true, actor: nil, confirmedBy: "t", source: .local, details: [],
                        personal: [])
                }
                try await world.store.transaction { (tx) throws(StoreFault) in
                    for draft in drafts { try draft.append(to: tx) }
                }
                await world.useCases.liveEvents.advance()
            }
            let reading = Reading(follower)
            #expect(await reading.until { $0.text.utf8.count > 100 && $0.dids.last == "e\(total - 1)" })
            #expect(reading.dids == (0..<total).map { "e\($0)" })
        }
    }

    @Test(arguments: Backend.available)
    func `only what matches is told, and of what is passed over the place`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let tokens = try await administrator(world)
            let reading = Reading(try await follow(world, tokens, matching: EventFilter(did: "wanted")))
            let system = World.settings(.system)
            _ = try await world.useCases.createRole(name: "x", description: "", in: system.name, by: .commandLine)
            for number in 0..<700 { if number % 100 == 0 { try await world.write("wanted", at: 1) } }
            let recorder = world.useCases.recordEvents.recorder
            let drafts = (0..<600).map { _ in
                recorder.draft(
                    did: "other", Event.Consequences(ifOK: "a", ifDoubt: "b", ifNot: "c"), realm: .standard,
                    status: true, actor: nil, confirmedBy: "t", source: .local, details: [], personal: [])
            }
            try await world.store.transaction { (tx) throws(StoreFault) in
                for draft in drafts { try draft.append(to: tx) }
            }
            #expect(await reading.until({ await world.useCases.liveEvents.advance() }) { $0.ids.count == 9 })
            #expect(reading.dids == [String](repeating: "wanted", count: 7))
        }
    }

    @Test(arguments: Backend.available)
    func `readers of the same are given the same memory, and texts that only look the same are told apart`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let tokens = try await administrator(world)
            let live = world.useCases.liveEvents
            // Equal to Swift, and two texts to the database.
            let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
            let one = try await follow(world, tokens, matching: EventFilter(did: composed))
            let same = try await follow(world, tokens, matching: EventFilter(did: composed))
            let other = try await follow(world, tokens, matching: EventFilter(did: decomposed))
            for follower in [one, same, other] { _ = await follower.next() }
            for did in [composed, decomposed, composed, "x"] { try await world.write(did, at: 1) }
            func told(_ follower: EventFollower, whole count: Int) async -> [[UInt8]] {
                var pieces: [[UInt8]] = []
                for _ in 0..<5_000 where pieces.joined().count(where: { $0 == 0x0A }) < 4 * count {
                    await live.advance()
                    var step = follower.take(isStopping: false)
                    // Without a look at the other nodes' changes only the database can say that the session lives.
                    if case .waits = step { step = await follower.step() }
                    if case .piece(let piece) = step { pieces.append(piece) }
                    try? await Task.sleep(for: .milliseconds(2))
                }
                return pieces
            }
            // Both ask at the same places: what the first is told is there for the second.
            let (first, second) = (await told(one, whole: 2), await told(same, whole: 2))
            #expect(first == second && !first.isEmpty)
            let isShared = zip(first, second).allSatisfy { left, right in
                unsafe left.withUnsafeBufferPointer { left in
                    unsafe right.withUnsafeBufferPointer { right in unsafe left.baseAddress == right.baseAddress }
                }
            }
            #expect(isShared)
            let third = String(decoding: await told(other, whole: 1).joined(), as: UTF8.self)
            #expect(third.utf8.count { $0 == UInt8(ascii: "\n") } == 4)
            #expect(Array(third.utf8).contains(0xCC) && !Array(third.utf8).contains(0xC3))
        }
    }

    enum Ending: String, CaseIterable { case logout, role, disabled, expiry }

    @Test(arguments: Backend.available, Ending.allCases)
    func `a stream ends with its credential and tells nothing afterwards`(_ backend: Backend, _ ending: Ending)
        async throws
    {
        try await withWorld(backend) { world in
            let tokens = try await administrator(world)
            // The last one could be neither disabled nor demoted.
            _ = try await world.signUp("rita")
            try await world.grant(role: "admin", to: "rita")
            let reading = Reading(try await follow(world, tokens))
            #expect(await reading.until { !$0.ids.isEmpty })
            let reason: String
            switch ending {
            case .logout:
                try await world.useCases.signOut(try await world.whoIs(tokens.accessToken).get(), from: World.source)
                reason = "session_ended"
            case .role:
                _ = try await world.useCases.changeGrant(
                    .roleToUser(role: "admin", user: "maria"), isGrant: false, in: .standard, by: .commandLine)
                reason = "permission_ended"
            case .disabled:
                _ = try await world.useCases.setUserActive(false, user: "maria", in: world.realm, by: .commandLine)
                reason = "session_ended"
            case .expiry:
                world.clock.advance(by: .seconds(901))
                reason = "token_expired"
            }
            #expect(await reading.until({ await world.useCases.liveEvents.advance() }) { $0.text.hasSuffix("<over>") })
            #expect(reading.end == reason && reading.dids.isEmpty)
            #expect(await reading.until { _ in world.useCases.liveEvents.count == 0 })
        }
    }

    @Test func `a stream that is left open does not keep its session alive`() async throws {
        try await withWorld(.sqlite, accessLifetime: .seconds(30 * 86_400)) { world in
            let tokens = try await administrator(world)
            let reading = Reading(try await follow(world, tokens))
            #expect(await reading.until { !$0.ids.isEmpty })
            for _ in 0..<7 {
                world.clock.advance(by: .seconds(86_400))
                // Neither by what is remembered of it nor by what the database says.
                world.useCases.maintenance.live.invalidateAll()
                try await world.write("day", at: 1)
                await world.useCases.liveEvents.advance()
                try await Task.sleep(for: .milliseconds(10))
                try await world.useCases.maintenance.flush()
            }
            world.clock.advance(by: .seconds(1))
            #expect(await reading.until({ await world.useCases.liveEvents.advance() }) { $0.end == "session_ended" })
        }
    }

    @Test func `a reader that has not caught up for ten minutes is ended, and can go on`() async throws {
        try await Backend.sqlite.withStore { store in
            let clock = ManualClock(Backend.systemClock())
            let monotonic = ManualClock()
            let world = try await World.open(store, clock: clock, monotonic: { monotonic.now.milliseconds })
            let tokens = try await administrator(world)
            let follower = try await follow(world, tokens)
            for _ in 0..<200 { try await world.write(String(repeating: "x", count: 500), at: 1) }
            await world.useCases.liveEvents.advance()
            var pieces: [String] = []
            for _ in 0..<3 { pieces.append(String(decoding: await follower.next() ?? [], as: UTF8.self)) }
            monotonic.advance(by: .seconds(601))
            let last = String(decoding: await follower.next() ?? [], as: UTF8.self)
            #expect(last == "event: end\ndata: {\"reason\":\"too_slow\"}\n\n")
            let end = await follower.next()
            #expect(end == nil && pieces.joined().utf8.count > 20_000)
        }
    }

    @Test func `a cancelled reader says that the server stops`() async throws {
        try await withWorld(.sqlite) { world in
            let reading = Reading(try await follow(world, try await administrator(world)))
            #expect(await reading.until { !$0.ids.isEmpty })
            reading.cancel()
            #expect(await reading.until { $0.text.hasSuffix("<over>") })
            #expect(reading.end == "server_stopping")
        }
    }

    @Test func `streams are limited for each user and in total, and leave their place`() async throws {
        try await Backend.sqlite.withStore { store in
            let clock = ManualClock(Backend.systemClock())
            let world = try await World.open(
                store, clock: clock,
                auditLimits: UseCases.AuditLimits(
                    eventsPerSecond: 1, streams: LiveEvents.Limits(total: 3, perUser: 2)))
            let (maria, rui) = (try await administrator(world), try await administrator(world, "rui"))
            var open = [try await follow(world, maria), try await follow(world, maria)]
            await #expect(throws: World.WorldFault.self) { _ = try await follow(world, maria) }
            open.append(try await follow(world, rui))
            await #expect(throws: World.WorldFault.self) { _ = try await follow(world, rui) }
            #expect(world.useCases.liveEvents.count == 3)
            open.removeAll()
            #expect(world.useCases.liveEvents.count == 0)
            _ = try await follow(world, maria)
        }
    }
}
