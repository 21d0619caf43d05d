import Domain
import Storage
import Synchronization

/// Values that differ from one another, for tests of the store.
enum Sample {
    private static let serial = Atomic<UInt64>(1)

    static func id<Entity>(_: Entity.Type = Entity.self) -> ID<Entity> {
        ID(high: 0x0193_0000_0000_7000, low: 0x8000_0000_0000_0000 | serial.add(1, ordering: .relaxed).newValue)
    }

    static func user(_ name: String, email: String? = nil, realm: RealmName = .standard) -> NewUser {
        NewUser(
            id: id(), realm: realm, username: Username(text: name, key: name),
            email: EmailAddress(text: email ?? "\(name)@example.org", key: email ?? "\(name)@example.org"))
    }

    static func role(_ name: String, realm: RealmName = .standard) -> Role {
        Role(id: id(), realm: realm, name: name, description: "may \(name)", createdAt: Timestamp(milliseconds: 5))
    }

    static func permission(
        _ resource: String, _ action: String, name: String? = nil, realm: RealmName = .standard
    ) -> Permission {
        let pair = Permission.Pair(resource: resource, action: action)!
        return Permission(
            id: id(), realm: realm, name: name ?? pair.description, description: "", pair: pair,
            createdAt: Timestamp(milliseconds: 6))
    }

    static func session(
        of user: ID<User>, realm: RealmName = .standard, at now: Timestamp, idle: Duration = .seconds(3_600)
    ) -> Session {
        Session(
            id: id(), realm: realm, user: user, client: Session.nativeClient, issued: .first, confirmedAt: nil,
            createdAt: now, lastActivityAt: now, idleLimit: idle, absoluteEnd: now + .seconds(86_400), endedAt: nil,
            amr: ["pwd", "otp"], authTime: now, level: 2)
    }

    /// What signing keys and subjects' keys can be wrapped under.
    static func wrappingKey(_ epoch: Int64) -> StoredDataKey {
        StoredDataKey(
            purpose: "wrapping", epoch: epoch, wrapped: [7], createdAt: Timestamp(milliseconds: 1), retiredAt: nil)
    }

    static let origin = SessionOrigin(address: "192.0.2.1", userAgent: "tests/1")

    static func event(
        _ did: String = "login", realm: RealmName = .standard, personal: [Event.SealedPart] = []
    ) -> Event {
        Event(
            id: id(), time: Timestamp(milliseconds: 1_700_000_000_123), realm: realm, node: "node-a", did: did,
            status: true, confirmedBy: "password",
            consequences: Event.Consequences(ifOK: "signed in", ifDoubt: "ask again", ifNot: "refused"), actor: id(),
            details: #"{"a":"b"}"#, personal: personal)
    }
}

extension InsertUserOutcome {
    var user: User? {
        if case .inserted(let user) = self { return user }
        return nil
    }
}

extension Store {
    /// A user who exists.
    func addUser(_ name: String = "maria", realm: RealmName = .standard) async throws -> User {
        try await transaction { (tx) throws(StoreFault) in
            guard let user = try tx.insert(Sample.user(name, realm: realm)).user else { throw .unexpected("taken") }
            return user
        }
    }

    /// A session of a user who exists, begun now.
    func addSession(of user: User, idle: Duration = .seconds(3_600)) async throws -> Session {
        try await transaction { (tx) throws(StoreFault) in
            let session = Sample.session(of: user.id, realm: user.realm, at: tx.now, idle: idle)
            try tx.insert(session, origin: Sample.origin)
            return session
        }
    }
}

extension Store {
    /// A read whose body may throw anything, as expectations do.
    func look<Value: Sendable>(_ body: @escaping @Sendable (any StoreReader) throws -> Value) async throws -> Value {
        try await read { (tx) throws(StoreFault) in Result { try body(tx) } }.get()
    }
}
