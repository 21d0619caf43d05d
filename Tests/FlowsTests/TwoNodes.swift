import Concurrency
import Domain
import Storage
import TestSupport
import Testing

@testable import Flows

/// Two nodes on one database, whose steps are taken one at a time; what ends ends on `here`.
struct TwoNodes {
    let stage: Stage
    let store: any Store
    let here: World
    let there: World
    private let time: Lock<Int64>
    private let places: Lock<[FeedHead]>

    static func open(on store: any Store, clock: ManualClock) async throws -> TwoNodes {
        let (stage, time) = (Stage(), Lock<Int64>(1_000))
        let monotonic: @Sendable () -> Int64 = { time.withLock { $0 } }
        let here = try await World.open(
            SteppedStore(store, stage), clock: clock, monotonic: monotonic, node: "here")
        let there = try await World.open(
            SteppedStore(store, stage), clock: clock, monotonic: monotonic, node: "there")
        let head = try await store.read { (reader) throws(StoreFault) in try reader.feedHead() }
        return TwoNodes(
            stage: stage, store: store, here: here, there: there, time: time, places: Lock([head, head]))
    }

    private init(
        stage: Stage, store: any Store, here: World, there: World, time: Lock<Int64>, places: Lock<[FeedHead]>
    ) {
        (self.stage, self.store, self.here, self.there) = (stage, store, here, there)
        (self.time, self.places) = (time, places)
    }

    var now: Int64 { time.withLock { $0 } }
    func wait(milliseconds: Int64) { time.withLock { $0 += milliseconds } }

    func node(_ side: Side) -> World { side == .here ? here : there }

    /// One look of a node at the feed, as its follower takes it.
    func look(_ side: Side) async throws {
        let index = side == .here ? 0 : 1
        let place = places.withLock { $0[index] }
        let reached = try await node(side).useCases.maintenance.follower.look(from: place)
        places.withLock { $0[index] = reached }
    }

    enum Side: CaseIterable, Sendable { case here, there }
}

/// Something that a node does and every node has to see. What else comes to be remembered needs one more of these.
struct Ending: Sendable, CustomTestStringConvertible {
    let name: String
    /// Makes what is to end; told of by the feed before the nodes begin.
    let prepare: @Sendable (World) async throws -> Subject
    let perform: @Sendable (World, Subject) async throws -> Void
    /// Whether a node's memory, or the node with its database, still takes it for good.
    let isGoodFromMemory: @Sendable (World, Subject) -> Bool
    let isGood: @Sendable (World, Subject) async throws -> Bool
    /// Whether it is somebody's who could refresh meanwhile.
    let isSignedIn: Bool
    let endsKey: Bool

    enum Subject: Sendable {
        case person(SignedIn, ID<Session>, kid: String)
        case program(text: String, ID<APIKey>)
        case realm(RealmName)
    }

    var testDescription: String { name }

    static let all = [session, user, role, inclusion, key, program, realm]

    static let session = Ending(
        person: "a session is ended", prepare: signedIn,
        perform: { world, _, session, _ in
            _ = try await world.useCases.endSession(session, in: .standard, by: .commandLine)
        })

    static let user = Ending(
        person: "a user is disabled",
        prepare: { world in
            _ = try await world.useCases.setUserActive(true, user: "maria", in: world.realm, by: .commandLine)
            return try await signedIn(world)
        },
        perform: { world, _, _, _ in
            _ = try await world.useCases.setUserActive(false, user: "maria", in: world.realm, by: .commandLine)
        })

    static let role = Ending(
        person: "a role is taken away",
        prepare: { world in
            try await world.grant(role: "editor", to: "maria")
            return try await signedIn(world)
        },
        perform: { world, _, _, _ in
            _ = try await world.useCases.changeGrant(
                .roleToUser(role: "editor", user: "maria"), isGrant: false, in: .standard, by: .commandLine)
        }, isStillHeld: { $0.grants.hasRole("editor") })

    /// What somebody holds through a role that a role of theirs includes.
    static let inclusion = Ending(
        person: "a role gives something no longer",
        prepare: { world in
            try await world.grant(role: "editor", to: "maria")
            _ = try await world.useCases.createRole(name: "reader", description: "", in: .standard, by: .commandLine)
            _ = try await world.useCases.createPermission(
                resource: "articles", action: "read", name: nil, description: "", in: .standard, by: .commandLine)
            for change in [
                GrantChange(.role("reader"), to: .role("editor")), articles,
            ] {
                _ = try await world.useCases.changeGrant(change, isGrant: true, in: .standard, by: .commandLine)
            }
            return try await signedIn(world)
        },
        perform: { world, _, _, _ in
            _ = try await world.useCases.changeGrant(articles, isGrant: false, in: .standard, by: .commandLine)
        }, isStillHeld: { $0.grants.hasPermission("articles:read") })

    private static let articles = GrantChange.permissionToRole(permission: "articles:read", role: "reader")

    /// The feed tells the nodes to read the keys at the same time, which must not bring the retired one back.
    static let key = Ending(
        person: "a signing key is retired", prepare: signedIn,
        perform: { world, _, _, kid in
            _ = try await world.useCases.retireSigningKey(kid, atOnce: true, in: world.realm)
        }, endsKey: true)

    static let program = Ending(
        name: "an API key is revoked",
        prepare: { world in
            let input = CreateAPIKey.Input(
                name: "erp-\(world.clock.now.milliseconds)", permissions: [], networks: [], expires: .never)
            world.clock.advance(by: .milliseconds(1))
            guard
                case .created(let text, let summary) = try await world.useCases.createAPIKey(
                    input, in: .standard, by: .commandLine)
            else { throw World.Refused(word: "no key") }
            return .program(text: text, summary.id)
        },
        perform: { world, subject in
            guard case .program(_, let id) = subject else { return }
            _ = try await world.useCases.revokeAPIKey(id, in: .standard, by: .commandLine)
        },
        isGoodFromMemory: { world, subject in
            guard case .program(let text, _) = subject else { return false }
            return world.remembered(Credentials(apiKey: Array(text.utf8)[...])) != nil
        },
        isGood: { world, subject in
            guard case .program(let text, _) = subject else { return false }
            return try await world.found(Credentials(apiKey: Array(text.utf8)[...])) != nil
        }, isSignedIn: false, endsKey: false)

    static let realm = Ending(
        name: "a realm is disabled",
        prepare: { world in
            let shop = try #require(RealmName("shop"))
            _ = try await world.useCases.createRealm("shop", setting: try RealmPatch(setting: []), by: .commandLine)
            _ = try await world.useCases.changeRealm(
                shop, by: try RealmPatch(setting: ["enabled=yes"]), actor: .commandLine)
            return .realm(shop)
        },
        perform: { world, subject in
            guard case .realm(let name) = subject else { return }
            _ = try await world.useCases.changeRealm(
                name, by: try RealmPatch(setting: ["enabled=no"]), actor: .commandLine)
        },
        isGoodFromMemory: { world, subject in
            guard case .realm(let name) = subject, let known = world.useCases.realms.known(name) else { return false }
            return known?.isEnabled ?? false
        },
        isGood: { world, subject in
            guard case .realm(let name) = subject else { return false }
            return try await world.useCases.realms.find(name)?.isEnabled ?? false
        }, isSignedIn: false, endsKey: false)

    @Sendable private static func signedIn(_ world: World) async throws -> Subject {
        guard case .signedIn(let tokens) = try await world.signIn() else { throw World.Refused(word: "sign-in") }
        let principal = try await world.whoIs(tokens.accessToken).get()
        let signing = try await world.useCases.listSigningKeys(in: .standard).first { $0.state == .signing }
        return .person(tokens, principal.session, kid: try #require(signing).kid)
    }
}

extension Ending {
    /// Of what somebody with an access token may do.
    init(
        person name: String, prepare: @escaping @Sendable (World) async throws -> Subject,
        perform: @escaping @Sendable (World, SignedIn, ID<Session>, _ kid: String) async throws -> Void,
        isStillHeld: @escaping @Sendable (Principal) -> Bool = { _ in true }, endsKey: Bool = false
    ) {
        self.init(
            name: name, prepare: prepare,
            perform: { world, subject in
                guard case .person(let tokens, let session, let kid) = subject else { return }
                try await perform(world, tokens, session, kid)
            },
            isGoodFromMemory: { world, subject in
                guard case .person(let tokens, _, _) = subject else { return false }
                let result = world.remembered(Credentials(bearer: Array(tokens.accessToken.utf8)[...]))
                return result?.principal.map(isStillHeld) ?? false
            },
            isGood: { world, subject in
                guard case .person(let tokens, _, _) = subject else { return false }
                let result = try await world.found(Credentials(bearer: Array(tokens.accessToken.utf8)[...]))
                return result?.principal.map(isStillHeld) ?? false
            }, isSignedIn: true, endsKey: endsKey)
    }
}

extension World {
    /// As a request does: by way of the directory, whose realm may be another object than it was.
    fileprivate func remembered(_ credentials: Credentials) -> AuthResult? {
        guard let realm = useCases.realms.known(.standard) ?? nil,
            case .authenticated(let result)? = useCases.authenticate.fromMemory(credentials, in: realm)
        else { return nil }
        return result
    }

    fileprivate func found(_ credentials: Credentials) async throws -> AuthResult? {
        guard let realm = try await useCases.realms.find(.standard),
            case .authenticated(let result) = try await useCases.authenticate(credentials, in: realm)
        else { return nil }
        return result
    }
}
