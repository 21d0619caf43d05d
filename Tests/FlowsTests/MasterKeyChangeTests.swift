import Concurrency
import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Changing the master key") struct MasterKeyChangeTests {
    private static let nextBytes = [UInt8](repeating: 9, count: 32)

    private static func key(_ bytes: [UInt8]) throws -> MasterKey { try #require(MasterKey(Secret(bytes))) }

    private static func change(_ world: World, _ store: (any Store)? = nil) -> ChangeMasterKey {
        ChangeMasterKey(
            store: store ?? world.store, capabilities: world.useCases.maintenance.capabilities, node: "test")
    }

    private static func reopen(
        _ world: World, _ store: (any Store)? = nil, with bytes: [UInt8] = nextBytes
    ) async throws -> World {
        try await World.open(store ?? world.store, clock: world.clock, realm: world.realm, masterKey: bytes)
    }

    /// On PostgreSQL an event is shown when no older transaction runs, of other tests neither: asks until it is.
    private static func audit(
        _ world: World, count: Int, until isShown: ([LogLine]) -> Bool
    ) async throws -> [LogLine] {
        for _ in 0..<500 {
            let lines = try await world.audit(count: count)
            if isShown(lines) { return lines }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await world.audit(count: count)
    }

    /// A database as version 1 left it: the check value, no data keys, and everything under keys that it derived.
    private static func withVersion1(_ backend: Backend, _ body: (World) async throws -> Void) async throws {
        let clock = ManualClock(Backend.systemClock())
        let check = try key(World.masterKey).checkValue
        let now: @Sendable () -> Timestamp = { clock.now }
        try await backend.withStore(now: now) { store in
            _ = try await store.transaction { (tx) throws(StoreFault) in
                try tx.claimSetting("master_key_check", value: check)
            }
            try await body(try await World.open(store, clock: clock))
        }
    }

    /// What must hold of anything that was made before a change, and after it.
    private static func expectSurvival(
        of tokens: SignedIn, _ session: Session, in world: World
    ) async throws {
        _ = try await world.whoIs(tokens.accessToken).get()
        let next = try issued(try await world.refresh(tokens.refreshToken))
        #expect(try await world.whoIs(next.accessToken).get().session == session.id)
        _ = try issued(try await world.refresh(next.refreshToken))
        for line in try await world.audit(count: 3) {
            #expect(line.status && line.this["forged"] == nil)
            #expect(!line.who.hasPrefix("erased:"))
        }
    }

    @Test(arguments: Backend.available, [false, true])
    func `tokens, sessions and proofs outlive it, and the old key opens nothing`(
        _ backend: Backend, isVersion1: Bool
    ) async throws {
        func body(_ world: World) async throws {
            let tokens = try await world.signUp()
            let session = try await world.session(of: tokens.accessToken)
            _ = try await world.signUp("rui")
            let outcome = try await Self.change(world)(from: Self.key(World.masterKey), to: Self.key(Self.nextBytes))
            // The two realms' signing keys; two people and each realm's nobody.
            guard case .changed(let moved) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(moved.signingKeys == 2 && moved.subjectKeys == 4)
            await #expect(throws: OpenFault.self) { _ = try await Self.reopen(world, with: World.masterKey) }
            let after = try await Self.reopen(world)
            try await Self.expectSurvival(of: tokens, session, in: after)
            _ = try await after.signUp("zoe")
            let lines = try await Self.audit(after, count: 4) { $0.contains { $0.did == "change_master_key" } }
            #expect(lines.contains { $0.did == "change_master_key" })

            let rows = try await world.store.read { (reader) throws(StoreFault) in
                (
                    try reader.signingKeys(notWrappedUnder: 2).count,
                    try reader.subjectKeys(notWrappedUnder: 2, after: nil, limit: 9).count,
                    try reader.dataKeys(), try reader.signingKeys(realm: .standard)
                )
            }
            #expect(rows.0 == 0 && rows.1 == 0)
            #expect(rows.2.filter { $0.purpose == "wrapping" }.map(\.epoch) == [2])
            let thief = try await CredentialForgery(master: Self.key(World.masterKey), world: after)
            for key in rows.3 { #expect(thief.unwrap(key) == nil) }
            #expect(DataKeys(rows.2, master: try Self.key(World.masterKey)) == nil)
            // Version 1 derived this root from the master key, so it serves until the sessions of its time are over.
            let forged = try await after.refresh(thief.refreshToken(for: session))
            if case .refused(.malformed) = forged { return }
            #expect(isVersion1)
        }
        if isVersion1 { try await Self.withVersion1(backend, body) } else { try await withWorld(backend, body) }
    }

    @Test(arguments: Backend.available)
    func `when the old key was disclosed no token from before is believed`(_ backend: Backend) async throws {
        try await Self.withVersion1(backend) { world in
            let tokens = try await world.signUp()
            let session = try await world.session(of: tokens.accessToken)
            let thief = try await CredentialForgery(master: Self.key(World.masterKey), world: world)
            _ = try await Self.change(world)(
                from: Self.key(World.masterKey), to: Self.key(Self.nextBytes), isDisclosed: true)
            // PostgreSQL keeps its own time, which has gone on.
            world.clock.advance(by: .seconds(600))
            let after = try await Self.reopen(world)
            for token in [tokens.refreshToken, thief.refreshToken(for: session)] {
                guard case .refused(.malformed) = try await after.refresh(token) else {
                    Issue.record("a token from before was answered")
                    continue
                }
            }
            await #expect(throws: World.Refused(word: "bad_token")) { try await after.whoIs(tokens.accessToken).get() }
            guard case .signedIn(let again) = try await after.signIn() else {
                Issue.record("nobody can sign in any more")
                return
            }
            _ = try await after.whoIs(again.accessToken).get()
        }
    }

    @Test(arguments: Backend.available)
    func `stopped anywhere, one of the two keys opens the database and the change is completed`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            let session = try await world.session(of: tokens.accessToken)
            for number in 0..<300 as Range<UInt64> {
                let subject = ID<User>(high: 1, low: number)
                let (_, wrapped) = world.useCases.refusals.recorder.subjectKeys.make(for: subject, realm: .standard)
                _ = try await world.store.transaction { (tx) throws(StoreFault) in
                    try tx.claimSubjectKey(wrapped, subject: subject, realm: .standard)
                }
            }
            var bytes = World.masterKey
            for stop in 1...6 {
                let next = [UInt8](repeating: UInt8(20 + stop), count: 32)
                let failing = FailingStore(world.store, after: stop)
                let outcome = try? await Self.change(world, failing)(from: Self.key(bytes), to: Self.key(next))
                let isNew = try await ChangeMasterKey.recognises(Self.key(next), in: world.store)
                let isOld = try await ChangeMasterKey.recognises(Self.key(bytes), in: world.store)
                #expect(isNew != isOld)
                if isNew { bytes = next }
                if outcome != nil { #expect(isNew) }
                let after = try await Self.reopen(world, with: bytes)
                _ = try await after.whoIs(tokens.accessToken).get()
                #expect(try await after.audit(count: 2).allSatisfy { $0.status && !$0.who.hasPrefix("erased:") })
                try await after.useCases.maintenance.keys.finishRewrapping()
                let left = try await world.store.read { (reader) throws(StoreFault) in
                    try reader.dataKeys().filter { $0.purpose == "wrapping" }.count
                }
                #expect(left == 1)
            }
            try await Self.expectSurvival(of: tokens, session, in: try await Self.reopen(world, with: bytes))
        }
    }

    @Test(arguments: Backend.available)
    func `a server that was left running writes nothing that the new key cannot open`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            _ = try await Self.change(world)(from: Self.key(World.masterKey), to: Self.key(Self.nextBytes))
            await #expect(throws: StoreFault.self) { _ = try await world.signUp("late") }
            await #expect(throws: StoreFault.self) { _ = try await world.useCases.rotateSigningKey(in: world.realm) }
            _ = try await Self.reopen(world).signUp("late")
        }
    }

    @Test(arguments: Backend.available)
    func `of two changes at the same time one happens, and its key opens everything`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            let tokens = try await world.signUp()
            var bytes = World.masterKey
            for round in 1...10 as ClosedRange<UInt8> {
                let (old, change) = (try Self.key(bytes), Self.change(world))
                let rivals = [100 + round, 200 + round].map { [UInt8](repeating: $0, count: 32) }
                let (one, other) = (try Self.key(rivals[0]), try Self.key(rivals[1]))
                async let first = try? change(from: old, to: one)
                async let second = try? change(from: old, to: other)
                let changed = await [first, second].map { if case .changed = $0 { true } else { false } }
                let present = [
                    try await ChangeMasterKey.recognises(one, in: world.store),
                    try await ChangeMasterKey.recognises(other, in: world.store),
                ]
                #expect(changed == present)
                bytes = rivals[present[0] ? 0 : 1]
                _ = try await Self.reopen(world, with: bytes).whoIs(tokens.accessToken).get()
            }
        }
    }

    @Test(arguments: Backend.available)
    func `it does not begin while another server is at work`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let (old, new) = (try Self.key(World.masterKey), try Self.key(Self.nextBytes))
            let presence = NodePresence(
                store: StagedStore(world.store, isShared: true), id: [1], name: "elsewhere", check: old.checkValue)
            try await presence.note()
            #expect(try await Self.change(world)(from: old, to: new) == .inUse(by: ["elsewhere"]))
            #expect(try await ChangeMasterKey.recognises(old, in: world.store))
            try await presence.end()
            #expect(try await Self.change(world)(from: old, to: old) == .same)
            await #expect(throws: OpenFault.self) { _ = try await Self.change(world)(from: new, to: old) }
            guard case .changed = try await Self.change(world)(from: old, to: new) else {
                Issue.record("not changed")
                return
            }
            // One that read the old keys just before, or slept meanwhile.
            await #expect(throws: StoreFault.self) { try await presence.note() }
            guard case .changed = try await Self.change(world)(from: new, to: Self.key(World.masterKey)) else {
                Issue.record("a server that is refused counts as at work")
                return
            }
        }
    }

    @Test func `a server counts as at work before it serves`() async throws {
        guard Backend.available.contains(.postgres) else { return }
        try await withWorld(.postgres) { world in
            try await world.useCases.maintenance.enter()
            let outcome = try await Self.change(world)(from: Self.key(World.masterKey), to: Self.key(Self.nextBytes))
            guard case .inUse = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    /// HKDF and HMAC by Python's standard library, from the description of version 1 alone.
    @Test func `a database of version 1 keeps the keys it was made with`() throws {
        let keys = DataKeys.derived(from: try Self.key(World.masterKey), at: Timestamp(milliseconds: 0))
        let known = [
            DataKeys.Purpose.wrapping: "fa9424f1f7e19e647827dea50887059a51a90f345866ed27293c8a34cb17735f",
            .eventMAC: "dcbd6cbe08b73eb3f338bba43af78be5dab8fd6119493b3cbbacf8c9bd311ac9",
            .identifierMAC: "506f42af648be37cee7504b1cf23979ffc9a1213e831ec8771eb694728917656",
        ]
        for (purpose, expected) in known {
            #expect(keys.newest(purpose).map { hexadecimal($0.secret.exposed) } == expected)
        }
        let token = RefreshTokens(keys, now: { Timestamp(milliseconds: 0) }).token(
            session: ID(high: 0x0193_0000_0000_7000, low: 0x8000_0000_0000_0001),
            counter: try #require(Counter(5)), realm: .standard, client: "native")
        #expect(token == "AQABAZMAAAAAcACAAAAAAAAAAQAAAAAAAAAFGexdCgUz6U7YFdmdvxUuSA")
    }

    @Test func `keys of fresh databases have nothing in common with the master key's derivations`() async throws {
        try await withWorld(.sqlite) { world in
            let master = try Self.key(World.masterKey)
            let stored = try await world.store.read { (reader) throws(StoreFault) in try reader.dataKeys() }
            let keys = try #require(DataKeys(stored, master: master))
            let derived = Set(DataKeys.derived(from: master, at: world.clock.now).all.map(\.secret.exposed))
            #expect(keys.all.count == 4 && Set(keys.all.map(\.secret.exposed)).isDisjoint(with: derived))
            // A row is bound to its place.
            let moved = stored.map {
                StoredDataKey(
                    purpose: $0.purpose, epoch: $0.epoch, wrapped: stored[0].wrapped, createdAt: $0.createdAt,
                    retiredAt: nil)
            }
            #expect(DataKeys(moved, master: master) == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `an event with a proof of a key that is over is forged if it claims a later time`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            _ = try await Self.change(world)(from: Self.key(World.masterKey), to: Self.key(Self.nextBytes))
            // Whoever still has the old proof key writes a row.
            let draft = world.useCases.refusals.recorder.draft(
                .login, realm: .standard, confirmedBy: "password", source: .local)
            try await Task.sleep(for: .milliseconds(2))
            world.clock.advance(by: .seconds(1))
            try await world.store.transaction { (tx) throws(StoreFault) in try draft.append(to: tx) }
            let after = try await Self.reopen(world)
            let lines = try await Self.audit(after, count: 3) { $0.contains { !$0.status } }
            #expect(lines.filter { !$0.status }.map(\.did) == ["login"])
            #expect(lines.contains { $0.did == "create_user" && $0.status })
        }
    }
}

/// A store whose transactions fail after some of them, as when the process was killed there.
private final class FailingStore: Store {
    private let store: any Store
    private let left: Lock<Int>
    let isShared = false

    init(_ store: any Store, after count: Int) {
        self.store = store
        left = Lock(count)
    }

    func transaction<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        guard
            left.withLock({
                $0 -= 1
                return $0 >= 0
            })
        else { throw .unavailable("the test says so") }
        return try await store.transaction(in: scope, body)
    }

    func read<Value: Sendable>(
        in scope: StoreScope, _ body: @escaping @Sendable (any StoreReader) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        try await store.read(in: scope, body)
    }

    func examine() async throws(StoreFault) -> StoreExamination { try await store.examine() }

    func copy(to path: String) async throws(StoreFault) -> Bool { try await store.copy(to: path) }

    func forgetDeleted() async throws(StoreFault) -> Bool { try await store.forgetDeleted() }

    var statistics: StoreStatistics { store.statistics }

    func close() async {}
}
