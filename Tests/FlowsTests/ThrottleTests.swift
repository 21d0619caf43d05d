import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

/// What an attacker does, and what the owner of the account notices of it.
@Suite("Throttles") struct ThrottleTests {
    static let password = "correct horse battery"

    /// A source in a network of its own.
    static func source(_ number: Int, host: Int = 7) -> Source {
        let network = "\(11 + number / 65_536 % 100).\(number / 256 % 256).\(number % 256)"
        return Source(
            address: "\(network).\(host)", network: "\(network).0/24", userAgent: "tests/1", requestID: "request-1")
    }

    static func world(_ change: (inout DefenceRules) -> Void = { _ in }) -> Realm {
        var rules = World.settings().rules
        change(&rules.defence)
        return World.settings().with(rules)
    }

    @Test func `in no hour a guesser gets a hundred tries, from whatever networks and by whatever name`() async throws {
        try await withWorld(.sqlite) { world async throws in
            _ = try await world.signUp()
            var checked: [Timestamp] = []
            // Twelve hours, one try by each name every ten seconds.
            for round in 0..<(12 * 360) {
                for name in ["maria", "maria@example.com"] {
                    if try await world.isChecked(name, from: Self.source(round)) { checked.append(world.clock.now) }
                }
                world.clock.advance(by: .seconds(10))
            }
            for start in checked {
                #expect(checked.filter { start <= $0 && $0 < start + .seconds(3_600) }.count < 100)
            }
            #expect(checked.count > 400)
        }
    }

    @Test func `nor from the address that the owner uses`() async throws {
        try await withWorld(.sqlite) { world async throws in
            _ = try await world.signUp()
            _ = try await world.signIn()
            var checked = 0
            for round in 0..<360 {
                for name in ["maria", "maria@example.com"] {
                    for source in [World.source, Self.source(round)] {
                        if try await world.isChecked(name, from: source) { checked += 1 }
                    }
                }
                world.clock.advance(by: .seconds(10))
            }
            #expect(checked < 100)
        }
    }

    @Test(arguments: Backend.available)
    func `a thousand guesses at once are counted as a thousand, and the owner signs in meanwhile`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world async throws in
            _ = try await world.signUp()
            let mark = try await world.deviceMark(of: "maria")
            let checked = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<1_000 {
                    group.addTask { try await world.isChecked("maria", from: Self.source(number)) }
                }
                for _ in 0..<5 {
                    let outcome = try await world.signIn(from: Self.source(5_000), device: mark)
                    guard case .signedIn = outcome else {
                        Issue.record("the owner was refused: \(outcome)")
                        continue
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(checked == 20)
            guard case .refused(.throttled) = try await world.signIn(from: Self.source(6_000)) else {
                Issue.record("the right password from a new device was let through")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `guesses one after another are refused too, before anything is hashed`(_ backend: Backend) async throws {
        try await withWorld(backend) { world async throws in
            _ = try await world.signUp()
            var refused = 0
            for number in 0..<1_000 where !(try await world.isChecked("maria", from: Self.source(number))) {
                refused += 1
            }
            #expect(refused >= 975)
            // Each check leaves an event; what was refused before leaves none but the folded ones.
            try await world.useCases.maintenance.flush()
            #expect(try await world.events("request_refused").isEmpty == false)
            #expect(try await world.events("login_failed", count: 1_000 - refused).count == 1_000 - refused)
        }
    }

    @Test(arguments: Backend.available)
    func `two nodes share what there is`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let clock = ManualClock(Backend.systemClock())
            let nodes = [
                try await World.open(store, clock: clock, node: "one"),
                try await World.open(store, clock: clock, node: "two"),
            ]
            _ = try await nodes[0].signUp()
            let checked = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask { try await nodes[number % 2].isChecked("maria", from: Self.source(number)) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(checked == 20)
        }
    }

    @Test(arguments: Backend.available)
    func `a restart forgets nothing`(_ backend: Backend) async throws {
        try await backend.withMigratedDatabase { database in
            let clock = ManualClock(Backend.systemClock())
            func open() async throws -> World {
                try await World.open(try await database.open(now: { clock.now }), clock: clock)
            }
            let before = try await open()
            _ = try await before.signUp()
            let mark = try await before.deviceMark(of: "maria")
            for number in 0..<20 { #expect(try await before.isChecked("maria", from: Self.source(number))) }
            await before.store.close()
            let after = try await open()
            #expect(try await after.isChecked("maria", from: Self.source(99)) == false)
            guard case .signedIn = try await after.signIn(from: Self.source(99), device: mark) else {
                Issue.record("the device is not known any more")
                return
            }
            await after.store.close()
        }
    }

    @Test(arguments: Backend.available)
    func `names that nobody has are refused alike`(_ backend: Backend) async throws {
        try await withWorld(backend) { world async throws in
            _ = try await world.signUp()
            for number in 0..<30 {
                var answers: [String] = []
                var last: Int64?
                for name in ["maria", "nobody"] {
                    switch try await world.signIn(name, password: "wrong", from: Self.source(number)) {
                    case .refused(.invalidCredentials): answers.append("invalid")
                    // On PostgreSQL time goes on between the two.
                    case .refused(.throttled(let delay)):
                        let isNear = last.map { abs($0 - delay.components.seconds) <= 30 } ?? true
                        answers.append(isNear ? "later" : "\(delay)")
                        last = delay.components.seconds
                    case let other: answers.append("\(other)")
                    }
                }
                #expect(answers[0] == answers[1])
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a mark is good for its own account only`(_ backend: Backend) async throws {
        try await withWorld(backend) { world async throws in
            _ = try await world.signUp()
            let victim = try await world.deviceMark(of: "maria")
            _ = try await world.signUp("mallory")
            let own = try await world.deviceMark(of: "mallory")
            for number in 0..<20 { _ = try await world.isChecked("maria", from: Self.source(number)) }
            let seal = own.split(separator: ".")[2]
            let id = victim.split(separator: ".")[1]
            for mark in [
                own, "1.\(id).\(seal)", "", "1..", victim.dropLast() + (victim.hasSuffix("A") ? "Q" : "A"),
                "2" + victim.dropFirst(),
            ] {
                #expect(try await world.isChecked("maria", from: Self.source(500), device: mark) == false, "\(mark)")
            }
            #expect(try await world.isChecked("maria", from: Self.source(500), device: victim))
            // A device that both signed in with serves both.
            let both = try await world.deviceMark(of: "mallory", after: victim)
            #expect(try await world.isChecked("maria", from: Self.source(501), device: both))
            // It has tries of its own, and not without end.
            var tries = 0
            while try await world.isChecked("maria", from: Self.source(502), device: victim) { tries += 1 }
            #expect((20...30).contains(tries))
        }
    }

    @Test(arguments: Backend.available)
    func `another password ends the marks of the one before, another hash of the same does not`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world async throws in
            let maria = try await world.signUp()
            let marks = [try #require(maria.deviceMark), try await world.deviceMark(of: "maria")]
            for number in 0..<20 { _ = try await world.isChecked("maria", from: Self.source(number)) }
            try await world.store.transaction { (tx) throws(StoreFault) in
                guard let old = try tx.password(of: maria.user.id) else { return }
                let new = StoredPassword(hash: old.hash, format: old.format + ",x=1")
                _ = try tx.replacePassword(old, by: new, of: maria.user.id)
            }
            for mark in marks { #expect(try await world.isChecked("maria", from: Self.source(500), device: mark)) }
            world.clock.advance(by: .milliseconds(1))
            guard case .changed = try await world.change(maria, current: World.password) else {
                Issue.record("not changed")
                return
            }
            for mark in marks { #expect(try await !world.isChecked("maria", from: Self.source(500), device: mark)) }
        }
    }

    @Test(arguments: Backend.available)
    func `a program without cookies is let in from its address, and nobody else from its network`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world async throws in
            _ = try await world.signUp()
            let (home, neighbour) = (Self.source(1_000), Self.source(1_000, host: 8))
            guard case .signedIn = try await world.signIn(from: home) else {
                Issue.record("refused")
                return
            }
            for number in 0..<20 { _ = try await world.isChecked("maria", from: Self.source(number)) }
            #expect(try await world.isChecked("maria", from: neighbour) == false)
            guard case .signedIn = try await world.signIn(from: home) else {
                Issue.record("the owner was refused")
                return
            }
            // What the owner may do there, an attacker at the same address may do, and no more.
            for number in 0..<4 { #expect(try await world.isChecked("maria", from: home), "\(number)") }
            #expect(try await world.isChecked("maria", from: home) == false)
        }
    }

    @Test(arguments: Backend.available)
    func `a network that tries many names is stopped; an IPv6 network is one source, whatever the address`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend, settings: Self.world { $0.networkTriesPerHour = 10 }) { world async throws in
            func v6(_ address: String, _ network: String) -> Source {
                Source(address: address, network: network, userAgent: "", requestID: "")
            }
            for number in 0..<5 {
                #expect(
                    try await world.isChecked("name\(number)", from: v6("2001:db8::\(number + 1)", "2001:db8::/64")))
            }
            #expect(try await world.isChecked("name6", from: v6("2001:db8::ffff", "2001:db8::/64")) == false)
            #expect(try await world.isChecked("name6", from: v6("2001:db8:0:1::1", "2001:db8:0:1::/64")))
        }
    }

    @Test(arguments: Backend.available)
    func `an office whose people sign in well is never stopped`(_ backend: Backend) async throws {
        try await withWorld(
            backend,
            settings: Self.world {
                $0.networkTriesPerHour = 4
                $0.realmTriesPerHour = 4
            }
        ) { world async throws in
            _ = try await world.signUp()
            for number in 0..<20 {
                guard case .signedIn = try await world.signIn() else {
                    Issue.record("sign-in \(number) was refused")
                    return
                }
            }
        }
    }

    @Test(arguments: Backend.available)
    func `stuffing from everywhere slows unknown devices, and known ones do not feel it`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend, settings: Self.world { $0.realmTriesPerHour = 20 }) { world async throws in
            _ = try await world.signUp()
            let mark = try await world.deviceMark(of: "maria")
            var checked = 0
            for number in 0..<50 where try await world.isChecked("name\(number)", from: Self.source(number)) {
                checked += 1
            }
            #expect(checked == 10)
            guard case .refused(.throttled) = try await world.signIn(from: Self.source(900)),
                case .signedIn = try await world.signIn(from: Self.source(900), device: mark)
            else {
                Issue.record("known and unknown are not told apart")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `accounts are made so often from one network, taken names included`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: Self.world { $0.signUpsPerHour = 6 }) { world async throws in
            _ = try await world.signUp()
            var outcomes: [String] = []
            for name in ["maria", "rui", "ana"] {
                let outcome = try await world.useCases.signUp(
                    SignUp.Input(username: name, email: "\(name)@example.com", password: Secret(utf8: Self.password)),
                    in: world.realm, from: World.source)
                switch outcome {
                case .signedUp: outcomes.append("made")
                case .refused(.taken): outcomes.append("taken")
                case .refused(.throttled): outcomes.append("throttled")
                default: outcomes.append("\(outcome)")
                }
            }
            #expect(outcomes == ["taken", "made", "throttled"])
        }
    }

    @Test(arguments: Backend.available)
    func `an operator unlocks an account, by whatever name it was tried`(_ backend: Backend) async throws {
        try await withWorld(backend) { world async throws in
            _ = try await world.signUp()
            for number in 0..<20 {
                _ = try await world.isChecked("maria", from: Self.source(number))
                _ = try await world.isChecked("maria@example.com", from: Self.source(number))
            }
            #expect(try await world.isChecked("maria", from: Self.source(99)) == false)
            let unlock = world.useCases.defence.unlockUser
            guard case .unlocked(_, 2) = try await unlock(user: "maria", in: world.realm.name, by: .commandLine),
                case .unlocked(_, 0) = try await unlock(user: "maria", in: world.realm.name, by: .commandLine),
                case .noSuchUser = try await unlock(user: "nobody", in: world.realm.name, by: .commandLine)
            else {
                Issue.record("not unlocked as it should be")
                return
            }
            guard case .signedIn = try await world.signIn(from: Self.source(99)) else {
                Issue.record("refused after unlocking")
                return
            }
        }
    }

    @Test func `counters that are full again are deleted, and known addresses after a month`() async throws {
        try await withWorld(.sqlite) { world async throws in
            _ = try await world.signUp()
            _ = try await world.isChecked("maria", from: Self.source(1))
            _ = try await world.signIn()
            func left() async throws -> Int64 {
                try await world.store.transaction { (tx) throws(StoreFault) in
                    try tx.deleteThrottles(before: Timestamp(milliseconds: .max), limit: 1_000)
                }
            }
            world.clock.advance(by: .seconds(7_200))
            for chore in world.useCases.defence.chores { try await chore.perform() }
            #expect(try await left() == 1)
        }
    }
}

extension World {
    /// Whether a wrong password was compared with anything; false where the try was refused before.
    func isChecked(_ name: String, from source: Source, device: String? = nil) async throws -> Bool {
        let outcome = try await useCases.signIn(
            identifier: name, password: Secret(utf8: "not the right one"), in: realm, from: source, device: device)
        switch outcome {
        case .refused(.invalidCredentials): return true
        case .refused(.throttled): return false
        default: throw WorldFault.refused("\(outcome)")
        }
    }

    func signIn(from source: Source, device: String) async throws -> SignIn.Outcome {
        try await useCases.signIn(
            identifier: "maria", password: Secret(utf8: ThrottleTests.password), in: realm, from: source,
            device: device)
    }

    /// What a browser keeps after this person signed in with it.
    func deviceMark(of name: String, after shown: String? = nil) async throws -> String {
        let outcome = try await useCases.signIn(
            identifier: name, password: Secret(utf8: ThrottleTests.password), in: realm,
            from: ThrottleTests.source(9_999), as: .cookie, device: shown)
        guard case .signedIn(let signedIn) = outcome, let mark = signedIn.deviceMark else {
            throw WorldFault.refused("\(outcome)")
        }
        return mark
    }
}
