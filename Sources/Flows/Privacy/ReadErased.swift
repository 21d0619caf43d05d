public import Domain
public import Storage

/// What those need who clean files after an erasure.
public struct ReadErased: Sendable {
    let store: any Store
    let reader: EventReader
    let eraseUser: EraseUser
    let realms: Realms

    /// The lines of these events as they read now, each with its id; without those that the database does not know.
    public func lines(of events: [ID<Event>]) async throws(StoreFault) -> [LogLine] {
        let sealed = try await store.read { (tx) throws(StoreFault) -> [EventReader.Sealed] in
            var found: [PlacedEvent] = []
            for id in events { if let event = try tx.event(id) { found.append(event) } }
            return try EventReader.withKeys(found, tx)
        }
        return sealed.map { reader.line($0) }
    }

    /// The ids of requests that a person made, a page of the events after a position; `nil` at the end.
    public func requests(
        of user: ID<User>, in realm: RealmName, after position: EventPosition?, limit: Int
    ) async throws(StoreFault) -> (ids: [String], next: EventPosition?) {
        let events = try await store.read { (tx) throws(StoreFault) in
            try tx.events(realm: realm, having: .actor(user), .oldestFirst, from: position, limit: limit)
        }
        let ids = events.compactMap { EventReader.request(of: $0.event) }
        return (ids, events.count < limit ? nil : events.last?.position)
    }

    /// Which of these letters the database still knows; the others are nobody's.
    public func knownMail(_ ids: [ID<MailItem>]) async throws(StoreFault) -> Set<ID<MailItem>> {
        try await store.read { (tx) throws(StoreFault) in try tx.knownMail(ids) }
    }

    /// Erases anew whoever a restored backup brought back. False where nothing of them was there.
    public func eraseAgain(_ user: ID<User>, in realm: RealmName) async throws(StoreFault) -> Bool {
        let isThere = try await store.read { (tx) throws(StoreFault) in
            let account = try tx.user(user, realm: realm)
            let key = try tx.subjectKey(of: user, realm: realm)
            return account != nil || key != nil
        }
        guard isThere, let realm = try await realms.find(realm) else { return false }
        return try await eraseUser(user, in: realm, because: "restored") != nil
    }
}
