import Crypto
import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Checking access tokens from memory") struct AuthenticateTests {
    private static func fromMemory(_ token: String, _ world: World) -> Authenticate.Outcome? {
        world.useCases.authenticate.fromMemory(Credentials(bearer: Array(token.utf8)[...]), in: world.realm)
    }

    /// The refusal's word, where memory alone refuses.
    private static func refusal(of token: [UInt8], in realm: Realm, _ world: World) -> Authenticate.Refusal? {
        var refused: Authenticate.Refusal?
        let outcome = world.useCases.authenticate.fromMemory(
            Credentials(bearer: token[...]), in: realm, because: { _, refusal, _ in refused = refusal })
        guard case .refused? = outcome else { return nil }
        return refused
    }

    private static func isKnown(_ token: String, _ world: World) -> Bool {
        if case .authenticated? = fromMemory(token, world) { true } else { false }
    }

    @Test func `a session that is known answers for every token of its own, and for none without a check`() async throws
    {
        let clock = ManualClock(Backend.systemClock())
        let now: @Sendable () -> Timestamp = { clock.now }
        try await Backend.sqlite.withStore(now: now) { store in
            let staged = StagedStore(store)
            let world = try await World.open(staged, clock: clock)
            let first = try await world.signUp()
            #expect(Self.fromMemory(first.accessToken, world) == nil)
            _ = try await world.whoIs(first.accessToken).get()
            let second = try issued(try await world.refresh(first.refreshToken))
            // From here on the database is not asked.
            staged.fail(true)
            #expect(Self.isKnown(first.accessToken, world))
            #expect(Self.isKnown(second.accessToken, world))
            // Every octet of a token counts, also once the token is known.
            let octets = Array(second.accessToken.utf8)
            for place in stride(from: 0, to: octets.count, by: 7) {
                var changed = octets
                changed[place] = changed[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                #expect(Self.refusal(of: changed, in: world.realm, world) == .badToken, "changed at \(place)")
            }
            for other in ["", ".", "..", "...", second.accessToken + ".", second.accessToken + "A"] {
                #expect(Self.refusal(of: Array(other.utf8), in: world.realm, world) == .badToken, "\(other.count)")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `what ended a moment ago is not in memory any more, for any of its tokens`(_ backend: Backend) async throws {
        for way in 0..<3 {
            try await withWorld(backend) { world in
                let first = try await world.signUp()
                let principal = try await world.whoIs(first.accessToken).get()
                let second = try issued(try await world.refresh(first.refreshToken))
                let third = try issued(try await world.refresh(second.refreshToken))
                _ = try await world.whoIs(second.accessToken).get()
                switch way {
                case 0: try await world.useCases.signOut(principal, from: World.source)
                case 1:
                    _ = try await world.useCases.endSession(principal.session, in: world.realm.name, by: .commandLine)
                default:
                    _ = try await world.useCases.setUserActive(
                        false, user: principal.user.username, in: world.realm, by: .commandLine)
                }
                // The third was never presented: its session is not known by it either.
                for token in [first, second, third] {
                    #expect(Self.fromMemory(token.accessToken, world) == nil)
                    await #expect(throws: World.Refused(word: "session_over")) {
                        try await world.whoIs(token.accessToken).get()
                    }
                }
            }
        }
    }

    @Test func `a session in memory ends by the clock as one in the database does`() async throws {
        for (ahead, word) in [(Duration.seconds(899), nil), (.seconds(901), "token_expired")] as [(Duration, String?)] {
            try await withWorld(.sqlite) { world in
                let tokens = try await world.signUp()
                _ = try await world.whoIs(tokens.accessToken).get()
                world.clock.advance(by: ahead)
                switch Self.fromMemory(tokens.accessToken, world) {
                case .authenticated?: #expect(word == nil)
                case .refused?:
                    let refusal = Self.refusal(of: Array(tokens.accessToken.utf8), in: world.realm, world)
                    #expect(refusal?.rawValue == word)
                case nil: Issue.record("memory does not know")
                }
            }
        }
        // Nothing is believed of a session that was idle for too long, or is at its end.
        let start = Timestamp(milliseconds: 1_000_000)
        let principal = Principal(
            Person(id: ID(high: 1, low: 1), number: 1, realm: .standard, username: "a", email: "b", createdAt: start),
            session: ID(high: 1, low: 2), grants: .none, lastActivityAt: start, idleLimit: .seconds(60),
            absoluteEnd: start + .seconds(100))
        #expect(!principal.isOver(at: start + .milliseconds(59_999)))
        #expect(principal.isOver(at: start + .seconds(60)))
        #expect(!principal.isOver(at: Timestamp(milliseconds: start.milliseconds - 5_000)))
        _ = principal.note(counter: 1, at: start + .seconds(50)) { 0 }
        #expect(!principal.isOver(at: start + .milliseconds(99_999)))
        #expect(principal.isOver(at: start + .seconds(100)))
        #expect(principal.isOver(at: Timestamp(milliseconds: .max)))
    }

    @Test func `a good token does not open somebody else's session, nor another realm's`() async throws {
        try await withWorld(.sqlite) { world in
            let mine = try await world.signUp("maria")
            let other = try await world.signUp("rui")
            let principal = try await world.whoIs(mine.accessToken).get()
            let stranger = try await world.whoIs(other.accessToken).get()
            // Signed by this very server, and saying what no token of its own says.
            let mixed = Principal(
                stranger.user, session: principal.session, grants: .none, lastActivityAt: world.clock.now,
                idleLimit: .seconds(60), absoluteEnd: principal.absoluteEnd)
            let token = try #require(
                world.useCases.authenticate.accessTokens.mint(mixed, counter: .first, in: world.realm)?.text)
            #expect(Self.fromMemory(token, world) == nil)
            await #expect(throws: World.Refused(word: "session_over")) { try await world.whoIs(token).get() }
            let system = try #require(try await world.useCases.realms.find(.system))
            #expect(Self.refusal(of: Array(mine.accessToken.utf8), in: system, world) == .badToken)
        }
    }

    @Test func `without a lease memory says nothing`() async throws {
        let clock = ManualClock(Backend.systemClock())
        let now: @Sendable () -> Timestamp = { clock.now }
        try await Backend.sqlite.withStore(now: now) { store in
            let world = try await World.open(StagedStore(store, isShared: true), clock: clock)
            let tokens = try await world.signUp()
            _ = try await world.whoIs(tokens.accessToken).get()
            #expect(Self.fromMemory(tokens.accessToken, world) == nil)
            world.useCases.maintenance.live.extendLease(from: Backend.systemClock().milliseconds + 60_000)
            _ = try await world.whoIs(tokens.accessToken).get()
            #expect(Self.isKnown(tokens.accessToken, world))
            world.useCases.maintenance.live.extendLease(from: Backend.systemClock().milliseconds - 600)
            #expect(Self.fromMemory(tokens.accessToken, world) == nil)
            #expect(Self.fromMemory("no token", world) == nil)
        }
    }

    @Test func `grants are kept once, and only with their own spelling`() {
        let live = LiveSessions(capacity: 8, isShared: false, monotonic: { 0 })
        let grants = Grants(roles: ["user", "K"], permissions: [])
        #expect(live.shared(grants) == grants)
        // U+212A looks like a K, and is none.
        let other = live.shared(Grants(roles: ["user", "\u{212A}"], permissions: []))
        #expect(other.roles.contains { $0.utf8.elementsEqual("\u{212A}".utf8) } && !other.hasRole("K"))
    }
}
