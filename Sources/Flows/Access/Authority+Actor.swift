internal import Domain
internal import Storage

/// How long something is to last that is given.
enum GrantTerm {
    /// Nothing is given that lasts.
    case moment
    case until(Timestamp)
    case good

    init(until end: Timestamp?) { self = end.map(Self.until) ?? .good }

    /// The last moment at which it holds.
    func end(from now: Timestamp) -> Timestamp {
        switch self {
        case .moment: now
        case .until(let end): max(now, end - .milliseconds(1))
        case .good: Timestamp(milliseconds: .max)
        }
    }
}

extension Actor {
    /// How far the actor reaches, by what is held in this transaction: a right that was just taken is gone here too.
    ///
    /// - Parameter term: nobody gives for longer than they hold it themselves, so of the actor's own only what lasts as
    ///   long counts.
    func authority(
        in realm: RealmName, _ reader: any StoreReader, for term: GrantTerm = .moment
    ) throws(StoreFault) -> Authority {
        switch origin {
        case .machine: return .unlimited
        case .person(let person):
            // Whoever administers realms stands above each of them.
            if person.realm != realm { return person.realm == .system ? .unlimited : .holding(.none) }
            return .holding(try reader.grants(of: person.id, realm: realm, for: term))
        case .key(let id, let known, let own):
            // Operators' programs stand where operators do.
            if own != realm { return own == .system ? .unlimited : .holding(.none) }
            guard let id else { return .holding(known) }
            guard let key = try reader.apiKey(id, realm: realm), key.revokedAt == nil else { return .holding(.none) }
            return .holding(try key.grants(reader, for: term))
        }
    }

    /// Whether the actor may do something to somebody's account: nobody reaches above their own rank.
    func reaches(_ user: ID<User>, in realm: RealmName, _ reader: any StoreReader) throws(StoreFault) -> Bool {
        if person?.id == user { return true }
        return try authority(in: realm, reader).reaches(rank: try reader.grants(of: user, realm: realm).rank)
    }
}

extension StoreReader {
    /// What somebody holds now and will still hold when the term ends.
    func grants(of user: ID<User>, realm: RealmName, for term: GrantTerm) throws(StoreFault) -> Grants {
        try accessGraph(of: .user(user), realm: realm).grants(at: term.end(from: now))
    }

    /// The highest rank that comes with something: a role's own, and of everything it leads to.
    func rank(of holder: AccessHolder, realm: RealmName) throws(StoreFault) -> Int64 {
        try everythingGiven(by: holder, realm: realm).rank
    }

    /// What somebody gains who comes to hold a role or a group; of a user or a key, what they hold.
    func everythingGiven(by holder: AccessHolder, realm: RealmName) throws(StoreFault) -> Grants {
        let graph = try accessGraph(of: holder, realm: realm)
        switch holder {
        case .role(let id):
            guard let role = try role(id, realm: realm) else { return .none }
            return graph.held(as: .role(holder.node, name: role.name, rank: role.rank)).grants(at: now)
        case .key(let id):
            return try apiKey(id, realm: realm)?.grants(self) ?? .none
        case .user, .group: return graph.grants(at: now)
        }
    }

    /// Whether links lead from one to the other, also those that are over: what was extended must not close a circle.
    func reaches(from holder: AccessHolder, to other: AccessHolder, realm: RealmName) throws(StoreFault) -> Bool {
        try accessGraph(of: holder, realm: realm).leads(to: other.node)
    }
}

extension Store {
    /// A change of what people hold, one of a realm after the other. `nil`, and nothing happened, where it would leave a
    /// realm that has administrators without one.
    func changingAccess<Value: Sendable>(
        in realm: RealmName, _ body: @escaping @Sendable (any StoreTransaction) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value? {
        do throws(StoreFault) {
            return try await transaction { (tx) throws(StoreFault) in
                try tx.keepingAnAdministrator(in: realm) { (tx) throws(StoreFault) in try body(tx) }
            }
        } catch {
            if error == .nobodyAdministers { return nil }
            throw error
        }
    }
}

extension StoreTransaction {
    /// The same within a transaction that does more.
    ///
    /// - Throws: ``StoreFault/nobodyAdministers``, which rolls everything back.
    func keepingAnAdministrator<Value>(
        in realm: RealmName, _ body: (any StoreTransaction) throws(StoreFault) -> Value
    ) throws(StoreFault) -> Value {
        try lockAccess(realm: realm)
        let before = try administratorCount(realm: realm, besides: nil)
        let value = try body(self)
        if before > 0, try administratorCount(realm: realm, besides: nil) == 0 { throw .nobodyAdministers }
        return value
    }
}

extension StoreFault {
    /// What a body throws so that nothing of it stays; no fault of the database.
    static let nobodyAdministers = StoreFault.constraint("nobody would be left who administers the realm")
}
