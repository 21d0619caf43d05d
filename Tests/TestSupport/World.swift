internal import Concurrency
internal import Crypto
public import Domain
public import Flows
public import Standards
public import Storage

/// A whole Aldrava without its edges: real flows over a real database, with a clock and chance of the test's own.
public struct World: Sendable {
    public let store: any Store
    public let useCases: UseCases
    public let realm: Realm
    public let clock: ManualClock
    public let reports: Reports

    /// Technical events that were reported, oldest first.
    public final class Reports: Sendable {
        private let list = Lock<[SystemEvent]>([])
        public init() {}
        public func append(_ event: SystemEvent) { list.withLock { $0.append(event) } }
        public var all: [SystemEvent] { list.withLock { $0 } }
    }

    /// Cheap hashes: the tests are about what is done with them, not about what they cost.
    public static let hashCost = UseCases.HashCost(memoryKiB: 64, passes: 1)
    public static let masterKey = [UInt8](repeating: 7, count: MasterKey.byteCount)
    public static let source = Source(
        address: "192.0.2.7", network: "192.0.2.0/24", userAgent: "tests/1", requestID: "request-1")

    private static let pool = ThreadPool(name: "test-hash", threads: 2)

    public static func settings(
        _ name: RealmName = .standard, accessLifetime: Duration = .seconds(900), grace: Duration = .seconds(10)
    ) -> Realm {
        let base = "http://127.0.0.1:8005"
        var rules = RealmRules.standard
        rules.accessLifetime = accessLifetime
        rules.refreshGrace = grace
        return Realm(name: name, issuer: name == .standard ? base : "\(base)/realms/\(name)", rules: rules)
    }

    /// Opens the flows on a store. The manual clock starts at the present, because PostgreSQL's clock cannot be set.
    public static func open(
        _ store: any Store, clock: ManualClock, realm: Realm = settings(),
        masterKey: [UInt8] = World.masterKey, hashCost: UseCases.HashCost = World.hashCost,
        auditLimits: UseCases.AuditLimits = .standard, environmentKey: EnvironmentKey? = nil,
        defenceSources: DefenceSources = .none,
        monotonic: @escaping @Sendable () -> Int64 = { Backend.systemClock().milliseconds }, node: String = "test"
    ) async throws -> World {
        let reports = Reports()
        let capabilities = Capabilities(
            now: { clock.now }, monotonic: monotonic, random: { Random.bytes($0) },
            pause: { (duration: Duration) throws(CancellationError) in
                do { try await Task.sleep(for: duration) } catch { throw CancellationError() }
            },
            report: { reports.append($0) })
        guard let master = MasterKey(Secret(masterKey)) else { throw WorldFault.badMasterKey }
        let useCases = try await UseCases.open(
            store: store, capabilities: capabilities, master: master,
            base: RealmBase(publicURL: realm.issuer, rules: realm.rules),
            hashQueue: FairQueue(pool: pool, places: 256, deadline: .seconds(30)), hashCost: hashCost,
            auditLimits: auditLimits, environmentKey: environmentKey, defenceSources: defenceSources, node: node)
        guard let present = try await useCases.realms.find(realm.name) else { throw WorldFault.refused("no realm") }
        return World(store: store, useCases: useCases, realm: present, clock: clock, reports: reports)
    }

    public enum WorldFault: Error { case badMasterKey, refused(String) }

    /// Signs somebody up; the e-mail is made from the name.
    public func signUp(
        _ name: String = "maria", password: String = "correct horse battery", attributes: JSON? = nil
    ) async throws -> SignedIn {
        let outcome = try await useCases.signUp(
            SignUp.Input(
                username: name, email: "\(name)@example.com", password: Secret(utf8: password), attributes: attributes),
            in: realm, from: Self.source)
        guard case .signedUp(let tokens) = outcome else { throw WorldFault.refused("\(outcome)") }
        return tokens
    }

    public func signIn(
        _ name: String = "maria", password: String = "correct horse battery", from source: Source = World.source
    ) async throws -> SignIn.Outcome {
        try await useCases.signIn(identifier: name, password: Secret(utf8: password), in: realm, from: source)
    }

    public func refresh(_ token: String, from source: Source = World.source) async throws -> Refresh.Outcome {
        try await useCases.refresh(token, in: realm, from: source)
    }

    /// The principal of an access token, or the refusal's word.
    public func whoIs(_ accessToken: String) async throws -> Result<Principal, Refused> {
        let credentials = Credentials(bearer: Array(accessToken.utf8)[...])
        var word = ""
        // As a request finds it: where everything was forgotten, another object has taken its place.
        let present = try await useCases.realms.find(realm.name) ?? realm
        switch try await useCases.authenticate(
            credentials, in: present, because: { _, refusal, _ in word = refusal.rawValue })
        {
        case .authenticated(let result):
            guard let principal = result.principal else { return .failure(Refused(word: "no person")) }
            return .success(principal)
        case .refused: return .failure(Refused(word: word))
        }
    }

    public struct Refused: Error, Equatable {
        public let word: String

        public init(word: String) { self.word = word }
    }

    /// Gives a user a role, making the role where there is none.
    public func grant(role: String, to user: String) async throws {
        _ = try await useCases.createRole(name: role, description: "", in: realm.name, by: .commandLine)
        let outcome = try await useCases.changeGrant(
            .roleToUser(role: role, user: user), isGrant: true, in: realm.name, by: .commandLine)
        guard case .done = outcome else { throw WorldFault.refused("\(outcome)") }
    }

    /// Gives a user a permission that there is.
    public func give(_ permission: String, to user: String) async throws {
        let outcome = try await useCases.changeGrant(
            .permissionToUser(permission: permission, user: user), isGrant: true, in: realm.name, by: .commandLine)
        guard case .done = outcome else { throw WorldFault.refused("\(outcome)") }
    }

    /// Signs somebody up who may write as these applications.
    public func application(_ user: String = "erp-server", as names: [String] = ["erp"]) async throws -> Principal {
        let tokens = try await signUp(user)
        for (resource, action) in [("audit", "write")] + names.map({ ("application", $0) }) {
            _ = try await useCases.createPermission(
                resource: resource, action: action, name: nil, description: "", in: realm.name, by: .commandLine)
            try await give("\(resource):\(action)", to: user)
        }
        return try await whoIs(tokens.accessToken).get()
    }

    /// The audit so far, oldest first, once it has `count` lines; without the first, the making of the role `user`.
    ///
    /// On PostgreSQL an event is shown when no older transaction of the whole server runs any more, and the
    /// other tests run some; after 20 s whatever is there is returned.
    public func audit(count: Int) async throws -> [LogLine] {
        for _ in 0..<2_000 {
            let lines = try await useCases.readLog(after: nil, limit: 1_000).dropFirst().map(\.line)
            if lines.count >= count { return lines }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await useCases.readLog(after: nil, limit: 1_000).dropFirst().map(\.line)
    }

    /// The events of one kind, once there are `count`, as with ``audit(count:)``.
    public func events(_ did: String, count: Int = 1) async throws -> [LogLine] {
        try await events(count: count) { $0.did == did }
    }

    /// The events that are `wanted`, once there are `count`, as with ``audit(count:)``.
    public func events(count: Int, where wanted: (LogLine) -> Bool) async throws -> [LogLine] {
        for _ in 0..<(count == 0 ? 0 : 2_000) {
            let found = try await useCases.readLog(after: nil, limit: 1_000).map(\.line).filter(wanted)
            if found.count >= count { return found }
            try await Task.sleep(for: .milliseconds(10))
        }
        return try await useCases.readLog(after: nil, limit: 1_000).map(\.line).filter(wanted)
    }
}
