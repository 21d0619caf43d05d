import Crypto
import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Signing keys: rotation, retirement, import") struct SigningKeyLifeTests {
    private static func realm(
        _ algorithm: SigningAlgorithm = .es256, every rotation: Duration = .zero, lifetime: Int64 = 900
    ) -> Realm {
        let base = World.settings()
        var rules = RealmRules.standard
        rules.accessLifetime = .seconds(lifetime)
        rules.signingAlgorithm = algorithm
        rules.keyRotation = rotation
        return Realm(name: base.name, issuer: base.issuer, rules: rules)
    }

    private static func kid(_ token: String) throws -> String {
        let header = try #require(Base64URL.decode(token.utf8.prefix { $0 != UInt8(ascii: ".") }))
        return try #require(try JSON.parse(header)["kid"]?.string)
    }

    private static func published(_ world: World) throws -> JWKSet {
        // The realm as it is now: following the feed begins with reading everything anew.
        let known = try #require(world.useCases.realms.known(.standard) ?? world.realm)
        return try JWKSet(json: JSON.parse(try #require(world.useCases.signingKeys.jwks(of: known))))
    }

    private static func signIn(_ world: World) async throws -> SignedIn {
        guard case .signedIn(let tokens) = try await world.signIn() else { throw World.WorldFault.refused("sign-in") }
        return tokens
    }

    /// On PostgreSQL too, whose clock cannot be set: the key there is began long ago.
    private static func age(_ world: World) async throws {
        try await world.store.transaction { (tx) throws(StoreFault) in
            for key in try tx.signingKeys(realm: .standard) {
                try tx.setTimes(
                    ofSigningKey: key.kid, realm: .standard, signsFrom: tx.now - .seconds(100 * 86_400), retiredAt: nil)
            }
        }
        try await world.useCases.signingKeys.load(world.realm)
    }

    @Test func `a rotation publishes the next key, which takes over when every client can know it`() async throws {
        try await withWorld(.sqlite, settings: Self.realm()) { world in
            let first = try await world.signUp().accessToken
            guard case .published(let next) = try await world.useCases.rotateSigningKey(in: world.realm) else {
                Issue.record("nothing was published")
                return
            }
            #expect(next.state == .next)
            #expect(try Self.published(world).keys.map(\.kid) == [Self.kid(first), next.kid])
            guard case .pending(let same) = try await world.useCases.rotateSigningKey(in: world.realm) else {
                Issue.record("two next keys")
                return
            }
            #expect(same.kid == next.kid)
            world.clock.advance(by: SigningKeyRing.publicationLead - .milliseconds(1))
            let last = try await Self.signIn(world).accessToken
            #expect(try Self.kid(last) == Self.kid(first))
            world.clock.advance(by: .milliseconds(1))
            #expect(try await Self.kid(Self.signIn(world).accessToken) == next.kid)
            // The last token of the first key lives to its end, and the key a margin longer.
            world.clock.advance(by: .seconds(898))
            _ = try await world.whoIs(last).get()
            world.clock.advance(by: .seconds(61))
            #expect(try Self.published(world).keys.count == 2)
            world.clock.advance(by: .seconds(1))
            #expect(try Self.published(world).keys.map(\.kid) == [next.kid])
            let list = try await world.useCases.listSigningKeys(in: .standard)
            #expect(list.map(\.state) == [.retired, .signing])
            #expect(list[0].signsUntil == next.signsFrom)
            let line = try #require(try await world.events("rotate_signing_key").last)
            #expect(line.this["kid"]?.string == next.kid && line.confirmedBy == "cli" && line.who == "system")
        }
    }

    /// The clients fetch the document when their copy is as old as it may be, and know nothing else.
    @Test(arguments: SigningAlgorithm.allCases)
    func `over many rotations no good token is refused, by this server or by clients that cache its keys`(
        _ algorithm: SigningAlgorithm
    ) async throws {
        let realm = Self.realm(algorithm, every: .seconds(900), lifetime: 300)
        try await withWorld(.sqlite, settings: realm) { world in
            _ = try await world.signUp()
            var tokens: [(text: String, expiresAt: Timestamp)] = []
            var copies: [(set: JWKSet, at: Timestamp)] = []
            var kids: Set<String> = []
            for step in 0..<120 {
                world.clock.advance(by: .seconds(30))
                _ = try await world.useCases.maintenance.keys.rotate.whereDue(in: world.realm, now: world.clock.now)
                let fresh = try await Self.signIn(world)
                tokens.append((fresh.accessToken, fresh.accessExpiresAt))
                kids.insert(try Self.kid(fresh.accessToken))
                tokens.removeAll { $0.expiresAt <= world.clock.now }
                // One client more for each step of the first five minutes, so that their copies have every age.
                if step < 10 { copies.append((try Self.published(world), world.clock.now)) }
                for index in copies.indices where world.clock.now >= copies[index].at + SigningKeyRing.documentAge {
                    copies[index] = (try Self.published(world), world.clock.now)
                }
                for token in tokens {
                    _ = try await world.whoIs(token.text).get()
                    guard algorithm.isPublic else { continue }
                    for copy in copies {
                        let expected = JWT.Expectations(
                            issuer: realm.issuer, audience: realm.issuer, now: world.clock.now)
                        _ = try JWT.verify(token.text, expectations: expected) { copy.set.key($0) }
                    }
                }
            }
            #expect(kids.count >= 4)
            if !algorithm.isPublic { #expect(try Self.published(world).keys.isEmpty) }
        }
    }

    @Test(arguments: Backend.available)
    func `of several nodes that find a rotation due one publishes, and all learn it`(
        _ backend: Backend
    ) async throws {
        let realm = Self.realm(every: .seconds(90 * 86_400))
        try await withWorld(backend, settings: realm) { world in
            try await Self.age(world)
            var nodes = [world]
            for name in ["b", "c", "d"] {
                nodes.append(try await World.open(world.store, clock: world.clock, realm: realm, node: name))
            }
            let published = try await withThrowingTaskGroup { group in
                for node in nodes {
                    group.addTask {
                        let now = node.clock.now
                        let outcome = try await node.useCases.maintenance.keys.rotate.whereDue(in: node.realm, now: now)
                        if case .published = outcome { return 1 }
                        return 0
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(published == 1)
            #expect(try await world.useCases.listSigningKeys(in: .standard).map(\.state) == [.signing, .next])
            for node in nodes where backend == .postgres {
                let follower = Task { await node.useCases.maintenance.followFeed() }
                defer { follower.cancel() }
                for _ in 0..<500 where try Self.published(node).keys.count < 2 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(try Self.published(node).keys.count == 2)
            }
            let lines = try await world.events("rotate_signing_key")
            #expect(lines.map(\.confirmedBy) == ["schedule"])
        }
    }

    @Test(arguments: Backend.available)
    func `a disclosed key's tokens are refused at the next request, and sessions go on by refreshing`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend, settings: Self.realm()) { world in
            let tokens = try await world.signUp()
            _ = try await world.whoIs(tokens.accessToken).get()
            let kid = try Self.kid(tokens.accessToken)
            let outcome = try await world.useCases.retireSigningKey(kid, atOnce: true, in: world.realm)
            guard case .ended(let key, let replacement?) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(key.kid == kid && key.state == .retired && replacement.state == .signing)
            await #expect(throws: World.Refused(word: "bad_token")) { try await world.whoIs(tokens.accessToken).get() }
            #expect(try Self.published(world).keys.map(\.kid) == [replacement.kid])
            let next = try issued(try await world.refresh(tokens.refreshToken))
            #expect(try Self.kid(next.accessToken) == replacement.kid)
            _ = try await world.whoIs(next.accessToken).get()
            let line = try #require(try await world.audit(count: 3).last { $0.did == "retire_signing_key" })
            #expect(line.this["kid"]?.string == kid && line.this["replacement"]?.string == replacement.kid)
            guard case .alreadyRetired = try await world.useCases.retireSigningKey(kid, atOnce: true, in: world.realm),
                case .noSuchKey = try await world.useCases.retireSigningKey("nobody", atOnce: true, in: world.realm)
            else {
                Issue.record("retired twice, or a stranger")
                return
            }
        }
    }

    @Test(arguments: Backend.available)
    func `another node refuses a disclosed key's tokens within its lease, warm or not`(
        _ backend: Backend
    ) async throws {
        try await backend.withStore { store in
            let shared = StagedStore(store, isShared: true)
            let clock = ManualClock(Backend.systemClock())
            let here = try await World.open(shared, clock: clock, realm: Self.realm())
            let there = try await World.open(shared, clock: clock, realm: Self.realm(), node: "there")
            let follower = Task { await there.useCases.maintenance.followFeed() }
            for _ in 0..<2_000 where !there.useCases.maintenance.live.isUsable {
                try await Task.sleep(for: .milliseconds(1))
            }
            let tokens = try await here.signUp()
            _ = try await there.whoIs(tokens.accessToken).get()
            _ = try await here.useCases.retireSigningKey(
                Self.kid(tokens.accessToken), atOnce: true, in: here.realm)
            let end = ContinuousClock.now + .seconds(5)
            var isRefused = false
            while !isRefused, ContinuousClock.now < end {
                if case .failure = try await there.whoIs(tokens.accessToken) { isRefused = true }
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(isRefused)
            // Without its feed a node asks the database, which knows.
            follower.cancel()
            await follower.value
            let more = try issued(try await here.refresh(tokens.refreshToken))
            try await there.useCases.signingKeys.load(there.realm)
            _ = try await there.whoIs(more.accessToken).get()
            _ = try await here.useCases.retireSigningKey(Self.kid(more.accessToken), atOnce: true, in: here.realm)
            while there.useCases.maintenance.live.isUsable { try await Task.sleep(for: .milliseconds(20)) }
            await #expect(throws: World.Refused(word: "bad_token")) { try await there.whoIs(more.accessToken).get() }
        }
    }

    @Test func `a token that was checked with keys from before a change is not remembered after it`() {
        let name = SipHash().value(of: Array("a token".utf8)[...])
        for (change, isKept) in [
            (Change.signingKeys(.standard), false), (.signingKeys(.system), true), (.realm(.standard), true),
        ] {
            let live = LiveSessions(capacity: 8, isShared: false, monotonic: { 0 })
            let token = LiveSessions.VerifiedToken(
                session: ID(high: 1, low: 1), user: ID(high: 1, low: 2), realm: .standard,
                expiresAt: Timestamp(milliseconds: 9), counter: 1, kid: "k", client: nil)
            let mark = live.mark()
            live.invalidate(change)
            live.remember(token, as: name, since: mark)
            #expect((live.verifiedToken(name) != nil) == isKept)
            live.remember(token, as: name, since: live.mark())
            #expect(live.verifiedToken(name) != nil)
            live.invalidateAll()
            live.remember(token, as: name, since: mark)
            #expect(live.verifiedToken(name) == nil)
        }
    }

    @Test func `a check that began before a key was disclosed is not remembered`() async throws {
        let clock = ManualClock(Backend.systemClock())
        let now: @Sendable () -> Timestamp = { clock.now }
        try await Backend.sqlite.withStore(now: now) { store in
            let staged = StagedStore(store)
            let world = try await World.open(staged, clock: clock, realm: Self.realm())
            let token = try await world.signUp().accessToken
            staged.holdNextRead()
            let check = Task { try await world.whoIs(token) }
            while staged.heldReads == 0 { try await Task.sleep(for: .milliseconds(1)) }
            _ = try await world.useCases.retireSigningKey(Self.kid(token), atOnce: true, in: world.realm)
            staged.letGo()
            _ = try await check.value
            await #expect(throws: World.Refused(word: "bad_token")) { try await world.whoIs(token).get() }
        }
    }

    @Test(arguments: Backend.available)
    func `a next key takes over at once when the signing one is disclosed`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: Self.realm()) { world in
            let token = try await world.signUp().accessToken
            world.clock.advance(by: .seconds(1))
            guard case .published(let next) = try await world.useCases.rotateSigningKey(in: world.realm) else { return }
            let outcome = try await world.useCases.retireSigningKey(Self.kid(token), atOnce: true, in: world.realm)
            guard case .ended(_, let replacement?) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(replacement.kid == next.kid && replacement.retiredAt == nil)
            #expect(try await world.useCases.listSigningKeys(in: .standard).map(\.state) == [.retired, .signing])
        }
    }

    @Test(arguments: Backend.available)
    func `a next key is withdrawn, and the one before it signs on without an end`(_ backend: Backend) async throws {
        try await withWorld(backend, settings: Self.realm()) { world in
            guard case .published(let next) = try await world.useCases.rotateSigningKey(in: world.realm) else { return }
            guard case .withdrawn = try await world.useCases.retireSigningKey(next.kid, atOnce: false, in: world.realm)
            else {
                Issue.record("not withdrawn")
                return
            }
            let list = try await world.useCases.listSigningKeys(in: .standard)
            let signing = try #require(list.first { $0.state == .signing })
            #expect(signing.retiredAt == nil && signing.signsUntil == nil)
            #expect(list.first { $0.kid == next.kid }?.signsUntil == nil)
            #expect(try Self.published(world).keys.map(\.kid) == [signing.kid])
            world.clock.advance(by: .seconds(30 * 86_400))
            _ = try await world.signUp()
        }
    }

    @Test func `in good order a key ends when its last token has`() async throws {
        try await withWorld(.sqlite, settings: Self.realm()) { world in
            let kid = try await Self.kid(world.signUp().accessToken)
            let first = try await world.useCases.retireSigningKey(kid, atOnce: false, in: world.realm)
            guard case .ends(let key, let successor?) = first else {
                Issue.record("\(first)")
                return
            }
            #expect(key.retiredAt == successor.signsFrom + .seconds(960))
            let again = try await world.useCases.retireSigningKey(kid, atOnce: false, in: world.realm)
            guard case .ends(let same, nil) = again else {
                Issue.record("\(again)")
                return
            }
            #expect(same == key)
            world.clock.advance(by: SigningKeyRing.publicationLead)
            let verifying = try await world.useCases.retireSigningKey(kid, atOnce: true, in: world.realm)
            guard case .ended(_, nil) = verifying else {
                Issue.record("\(verifying)")
                return
            }
        }
    }

    @Test func `another algorithm, and a longer lifetime, begin with the next key`() async throws {
        try await withWorld(.sqlite, settings: Self.realm()) { world in
            let first = try await world.signUp().accessToken
            let later = Self.realm(.eddsa, lifetime: 86_400)
            let again = try await World.open(world.store, clock: world.clock, realm: later)
            #expect(try await Self.kid(Self.signIn(again).accessToken) == Self.kid(first))
            // Published under the shorter lifetime: no token of the key may outlive what was promised then.
            guard case .published(let next) = try await world.useCases.rotateSigningKey(in: world.realm) else { return }
            try await again.useCases.signingKeys.load(again.realm)
            let capped = try await Self.signIn(again)
            let end = try #require(
                try await world.useCases.listSigningKeys(in: .standard).first { $0.kid != next.kid }?.retiredAt)
            #expect(capped.accessExpiresAt <= end)
            world.clock.advance(by: .seconds(2_000))
            guard case .published(let third) = try await again.useCases.rotateSigningKey(in: later) else { return }
            #expect(next.algorithm == "ES256" && third.algorithm == "EdDSA")
            world.clock.advance(by: SigningKeyRing.publicationLead)
            let token = try await Self.signIn(again).accessToken
            #expect(try Self.kid(token) == third.kid)
            _ = try await again.whoIs(token).get()
        }
    }

    @Test func `a secret key signs, and is published nowhere`() async throws {
        try await withWorld(.sqlite, settings: Self.realm(.hs256)) { world in
            let token = try await world.signUp().accessToken
            _ = try await world.whoIs(token).get()
            #expect(world.useCases.signingKeys.jwks(of: world.realm) == Array(#"{"keys":[]}"#.utf8))
            let stored = try await world.store.read { (reader) throws(StoreFault) in
                try reader.signingKeys(realm: .standard)
            }
            #expect(try stored.allSatisfy { try JSON.parse($0.publicJWK)["k"] == nil })
        }
    }

    @Test(
        "keys of other systems",
        arguments: [
            ("RFC 7515 A.2, RS256", "RS256"), ("RFC 7520 4.1, RS256", "RS256"), ("RFC 7520 4.4, HS256", "HS256"),
            ("RFC 8037 A.1 to A.4, EdDSA", "EdDSA"),
        ])
    func importing(_ row: (name: String, algorithm: String)) async throws {
        let jwk = try #require(Vector.all("jose-published").first { $0.name == row.name }).text("jwk")
        try await withWorld(.sqlite, settings: Self.realm()) { world in
            _ = try await world.signUp()
            let outcome = try await world.useCases.importSigningKey(Secret(utf8: jwk), in: world.realm)
            guard case .published(let key) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            #expect(key.algorithm == row.algorithm && key.state == .next)
            if let kid = try JSON.parse(jwk)["kid"]?.string { #expect(key.kid == kid) }
            world.clock.advance(by: SigningKeyRing.publicationLead)
            let token = try await Self.signIn(world).accessToken
            #expect(try Self.kid(token) == key.kid)
            _ = try await world.whoIs(token).get()
            guard
                case .refused(.exists) = try await world.useCases.importSigningKey(Secret(utf8: jwk), in: world.realm)
            else {
                Issue.record("imported twice")
                return
            }
            let lines = try await world.audit(count: 4)
            #expect(lines.contains { $0.did == "import_signing_key" && $0.this["kid"]?.string == key.kid })
            let secrets = try ["d", "k"].compactMap { try JSON.parse(jwk)[$0]?.string }
            for line in lines { for secret in secrets { #expect(!line.json.text.contains(secret)) } }
        }
    }

    @Test(
        "what is no key, or none that signs here",
        arguments: [
            ("", .unreadable), ("{", .unreadable), ("{}", .unsupported), (#"{"kty":"oct","k":"AAAA"}"#, .unsupported),
            (#"{"kty":"EC","crv":"P-256","x":"","y":"","d":""}"#, .malformed),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----", .encrypted), ("hello", .unreadable),
        ] as [(String, ImportSigningKey.Refusal)])
    func refusedImport(_ row: (text: String, refusal: ImportSigningKey.Refusal)) async throws {
        try await withWorld(.sqlite, settings: Self.realm()) { world in
            let outcome = try await world.useCases.importSigningKey(Secret(utf8: row.text), in: world.realm)
            guard case .refused(row.refusal) = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test func `a realm without a key that can be believed gets another one at the next start`() async throws {
        try await withWorld(.sqlite, settings: Self.realm()) { world in
            let token = try await world.signUp().accessToken
            try await world.store.transaction { (tx) throws(StoreFault) in
                for key in try tx.signingKeys(realm: .standard) {
                    try tx.setTimes(ofSigningKey: key.kid, realm: .standard, signsFrom: nil, retiredAt: tx.now)
                }
            }
            let again = try await World.open(world.store, clock: world.clock, realm: Self.realm())
            await #expect(throws: World.Refused(word: "bad_token")) { try await again.whoIs(token).get() }
            _ = try await again.whoIs(Self.signIn(again).accessToken).get()
        }
    }
}
