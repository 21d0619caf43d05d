import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

/// A realm is one object at a time, whose keys follow every change; some requests hold another one for a moment.
@Suite("Realms that change while somebody holds them") struct HeldRealmTests {
    private static func signUp(_ world: World, in realm: Realm) async throws -> SignedIn {
        let input = SignUp.Input(
            username: "maria", email: "maria@example.com", password: Secret(utf8: World.password))
        guard case .signedUp(let tokens) = try await world.useCases.signUp(input, in: realm, from: World.source) else {
            throw World.Refused(word: "sign-up")
        }
        return tokens
    }

    private static func kid(in realm: Realm, _ world: World) async throws -> String {
        try #require(try await world.useCases.listSigningKeys(in: realm.name).first { $0.state == .signing }).kid
    }

    private static func isGood(_ token: String, in realm: Realm, _ world: World) async throws -> Bool {
        let outcome = try await world.useCases.authenticate(Credentials(bearer: Array(token.utf8)[...]), in: realm)
        if case .authenticated = outcome { return true }
        return false
    }

    @Test(arguments: Backend.available)
    func `a realm is read again when its key was disclosed while it was read`(_ backend: Backend) async throws {
        let clock = ManualClock(Backend.systemClock())
        let now: @Sendable () -> Timestamp = { clock.now }
        try await backend.withStore(now: now) { store in
            let staged = StagedStore(store)
            let world = try await World.open(staged, clock: clock)
            let realms = world.useCases.realms
            let name = try #require(RealmName("shop"))
            _ = try await world.useCases.createRealm(name.text, setting: RealmPatch(setting: []), by: .commandLine)
            let shop = try #require(try await realms.find(name))
            let token = try await Self.signUp(world, in: shop).accessToken
            let kid = try await Self.kid(in: shop, world)
            try await realms.reloadAll()
            staged.holdNextRead()
            let reading = Task { try await realms.find(name) }
            while staged.heldReads == 0 { try await Task.sleep(for: .milliseconds(1)) }
            _ = try await world.useCases.retireSigningKey(kid, atOnce: true, in: shop)
            staged.letGo()
            let read = try #require(try await reading.value)
            let isHeld = realms.holds(read)
            #expect(isHeld)
            let isGood = try await Self.isGood(token, in: read, world)
            #expect(!isGood)
        }
    }

    @Test func `what an object vouches for that is not kept any more is believed once, and not remembered`()
        async throws
    {
        try await withWorld(.sqlite) { world in
            let (realms, live) = (world.useCases.realms, world.useCases.maintenance.live)
            let name = try #require(RealmName("shop"))
            _ = try await world.useCases.createRealm(name.text, setting: RealmPatch(setting: []), by: .commandLine)
            let old = try #require(try await realms.find(name))
            let token = try await Self.signUp(world, in: old).accessToken
            try await realms.reload(name)
            let present = try #require(try await realms.find(name))
            for (realm, isRemembered) in [(old, false), (present, true)] {
                let isHeld = realms.holds(realm)
                #expect(isHeld == isRemembered)
                let isGood = try await Self.isGood(token, in: realm, world)
                #expect(isGood)
                let isKnown = live.verifiedToken(live.name(of: Array(token.utf8)[...])) != nil
                #expect(isKnown == isRemembered)
            }
        }
    }
}
