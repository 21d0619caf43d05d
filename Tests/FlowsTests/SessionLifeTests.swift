import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("How many sessions there are, and how long they last unused") struct SessionLifeTests {
    private func signIn(_ world: World, as transport: Transport = .token) async throws -> SignedIn {
        let outcome = try await world.useCases.signIn(
            identifier: "maria", password: Secret(utf8: "correct horse battery"), in: world.realm, from: World.source,
            as: transport)
        guard case .signedIn(let signedIn) = outcome else { throw World.WorldFault.refused("\(outcome)") }
        return signedIn
    }

    private func live(_ world: World) async throws -> [ID<Session>] {
        let outcome = try await world.useCases.listSessions(
            of: "maria", in: world.realm.name, after: nil, limit: 100)
        guard case .page(let sessions, _, _) = outcome else { return [] }
        return sessions.map(\.session.id)
    }

    private func realm(_ change: (inout RealmRules) -> Void) -> Realm {
        var rules = World.settings().rules
        change(&rules)
        return World.settings().with(rules)
    }

    @Test(arguments: Backend.available)
    func `one too many ends the longest unused, with what hangs on it, at once`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: realm { $0.sessionLimit = 2 }) { world in
            let first = try await world.signUp()
            let second = try await signIn(world)
            let name = world.realm.name
            // The first is used later than the second, and the second has an application's session.
            world.clock.advance(by: .seconds(600))
            _ = try await world.whoIs(first.accessToken).get()
            try await world.useCases.maintenance.flush()
            let child = ID<Session>(high: 7, low: 7)
            try await world.store.transaction { (tx) throws(StoreFault) in
                guard let parent = try tx.session(second.session, realm: name) else { return }
                try tx.insert(
                    Session(child, childOf: parent, client: "app/wiki", at: parent.createdAt),
                    origin: SessionOrigin(address: "", userAgent: ""))
            }
            #expect(try await live(world).count == 3)
            _ = try await world.whoIs(second.accessToken).get()
            // On PostgreSQL the clock of the database stands before this node's by now: the newest must stay even so.
            let third = try await signIn(world)
            #expect(try await live(world).contains(third.session))
            #expect(try await live(world).count == 2)
            await #expect(throws: World.Refused(word: "session_over")) {
                try await world.whoIs(second.accessToken).get()
            }
            _ = try await world.whoIs(third.accessToken).get()
            let reasons = try await world.store.read { (reader) throws(StoreFault) in
                [try reader.endReason(of: second.session), try reader.endReason(of: child)]
            }
            #expect(reasons == [.limit, .parentEnded])
            let event = try #require(try await world.audit(count: 5).first { $0.did == "end_session" })
            #expect(event.who == "maria" && event.confirmedBy == "session_limit")
            #expect(event.this["reason"]?.string == "limit")
            #expect(event.this["sessions"]?.array?.count == 2)
        }
    }

    @Test(arguments: Backend.available)
    func `without a limit there is none, and a limit of one keeps the newest`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            _ = try await world.signUp()
            for _ in 0..<4 { _ = try await signIn(world) }
            #expect(try await live(world).count == 5)
        }
        try await withWorld(backend, settings: realm { $0.sessionLimit = 1 }) { world in
            _ = try await world.signUp()
            _ = try await signIn(world)
            let last = try await signIn(world)
            #expect(try await live(world) == [last.session])
            let event = try #require(try await world.audit(count: 6).last { $0.did == "end_session" })
            #expect(event.this["session"]?.string != nil && event.this["sessions"] == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `sign-ins at the same time together keep to the limit`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: realm { $0.sessionLimit = 3 }) { world in
            _ = try await world.signUp()
            try await withThrowingTaskGroup { group in
                for _ in 0..<12 { group.addTask { _ = try await signIn(world) } }
                try await group.waitForAll()
            }
            #expect(try await live(world).count == 3)
        }
    }

    // MARK: Unused

    /// Long beside what a busy machine takes between two steps: PostgreSQL's clock goes on meanwhile.
    private static let idle = Duration.seconds(600)

    /// Two nodes on one database, of which the first has the session in memory, and the second too.
    private func withTwoNodes(
        _ backend: Backend, _ body: (_ first: World, _ second: World, SignedIn) async throws -> Void
    ) async throws {
        let settings = realm {
            $0.idleLimit = Self.idle
            $0.accessLifetime = .seconds(6_000)
        }
        try await withWorld(backend, settings: settings) { first in
            let second = try await World.open(first.store, clock: first.clock, realm: settings, node: "second")
            let followers = [first, second].map { node in Task { await node.useCases.maintenance.followFeed() } }
            defer { for follower in followers { follower.cancel() } }
            for node in [first, second] { try await believed(node) }
            let tokens = try await first.signUp()
            for node in [first, second] { _ = try await node.whoIs(tokens.accessToken).get() }
            try await first.useCases.maintenance.flush()
            try await second.useCases.maintenance.flush()
            try await body(first, second, tokens)
        }
    }

    /// Waits until the node may believe what it remembers.
    private func believed(_ node: World) async throws {
        for _ in 0..<2_000 where !node.useCases.maintenance.live.isUsable {
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    @Test(arguments: Backend.available)
    func `a node asks the database before it takes a session for idle`(_ backend: Backend) async throws {
        try await withTwoNodes(backend) { first, second, tokens in
            let credentials = Credentials(bearer: Array(tokens.accessToken.utf8)[...])
            first.clock.advance(by: .seconds(500))
            _ = try await second.whoIs(tokens.accessToken).get()
            try await second.useCases.maintenance.flush()
            first.clock.advance(by: .seconds(450))
            // By what the first node remembers it was unused for 950 seconds (less what a busy machine took until here, by
            // PostgreSQL's clock): that is no reason to refuse it.
            let told = first.useCases.authenticate.fromMemory(credentials, in: first.realm)
            guard told == nil else {
                Issue.record("memory alone decided: \(String(describing: told))")
                return
            }
            // From then on it is in memory again, with the use that was seen; under load the lease may be lost meanwhile.
            for _ in 0..<100 {
                _ = try await first.whoIs(tokens.accessToken).get()
                let outcome = first.useCases.authenticate.fromMemory(credentials, in: first.realm)
                if case .authenticated? = outcome { return }
                try await believed(first)
            }
            Issue.record("memory learnt nothing")
        }
    }

    /// Only SQLite's clock is the test's own.
    @Test func `what nobody used is over on both, and what one node used is not, written or not`() async throws {
        try await withTwoNodes(.sqlite) { first, second, tokens in
            first.clock.advance(by: .seconds(500))
            _ = try await second.whoIs(tokens.accessToken).get()
            first.clock.advance(by: .seconds(200))
            // Not written yet: the first node cannot know.
            await #expect(throws: World.Refused(word: "session_over")) {
                try await first.whoIs(tokens.accessToken).get()
            }
            // The second remembers, and neither a check nor a refresh there takes the row's word for it.
            _ = try await second.whoIs(tokens.accessToken).get()
            guard case .issued = try await second.refresh(tokens.refreshToken) else {
                Issue.record("a session in use was refused")
                return
            }
            first.clock.advance(by: .seconds(600))
            for node in [first, second] {
                await #expect(throws: World.Refused(word: "session_over")) {
                    try await node.whoIs(tokens.accessToken).get()
                }
            }
            guard case .refused(.ended) = try await second.refresh(tokens.refreshToken) else {
                Issue.record("an idle session was refreshed")
                return
            }
        }
    }

    @Test func `use is written before a twentieth of the idle limit has passed`() async throws {
        for (limit, most) in [(Duration.seconds(60), Duration.seconds(3)), (.seconds(7 * 86_400), .seconds(30_240))] {
            try await withWorld(.sqlite, settings: realm { $0.idleLimit = limit }) { world in
                let live = world.useCases.maintenance.live
                #expect(live.writingPeriod > .seconds(86_400 * 365))
                _ = try await world.whoIs(try await world.signUp().accessToken).get()
                #expect(live.writingPeriod == most)
                try await world.useCases.maintenance.flush()
                #expect(live.writingPeriod > .seconds(86_400 * 365))
            }
        }
    }

    // MARK: Ending with what is left

    @Test(arguments: Backend.available)
    func `a refresh cookie alone ends its session, by the rule of refreshing`(_ backend: Backend) async throws {
        try await withWorld(backend, grace: .zero) { world in
            _ = try await world.signUp()
            let signedIn = try await signIn(world, as: .cookie)
            #expect(signedIn.transport == .cookie && signedIn.accessToken.utf8.count == AccessCookies.textCount)
            let out = try await world.useCases.signOut(
                refreshToken: signedIn.refreshToken, in: world.realm, from: World.source)
            guard case .signedOut = out else {
                Issue.record("\(out)")
                return
            }
            #expect(!(try await live(world).contains(signedIn.session)))
            let again = try await world.useCases.signOut(
                refreshToken: signedIn.refreshToken, in: world.realm, from: World.source)
            guard case .refused(.ended) = again else {
                Issue.record("\(again)")
                return
            }
            // One that was spent gives its thief away.
            let other = try await signIn(world, as: .cookie)
            var token = other.refreshToken
            for _ in 0..<2 {
                guard case .issued(let next) = try await world.refresh(token) else {
                    _ = Issue.record("refused")
                    return
                }
                token = next.refreshToken
            }
            let thief = try await world.useCases.signOut(
                refreshToken: other.refreshToken, in: world.realm, from: World.source)
            guard case .refused(.stolen) = thief else {
                Issue.record("\(thief)")
                return
            }
            guard case .refused(.ended) = try await world.refresh(token) else {
                _ = Issue.record("lives on")
                return
            }
            let system = try #require(try await world.useCases.realms.find(.system))
            let foreign = try await world.useCases.signOut(refreshToken: token, in: system, from: World.source)
            guard case .refused(.malformed) = foreign else {
                _ = Issue.record("\(foreign)")
                return
            }
            let logout = try #require(try await world.events("logout").first)
            #expect(logout.confirmedBy == "refresh_token" && logout.who == "maria")
        }
    }
}
