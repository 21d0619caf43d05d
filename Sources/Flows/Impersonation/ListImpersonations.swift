public import Domain
public import Storage

/// Present and past impersonations, newest first, a page at a time.
public struct ListImpersonations: Sendable {
    let store: any Store

    /// One of them, with whom it is about.
    public struct Entry: Sendable {
        public let stored: StoredImpersonation
        public let username: String
        /// Why it is over; `nil` while it goes on.
        public let ending: ImpersonationEnd?
    }

    public struct Page: Sendable {
        public let entries: [Entry]
        /// Before which the next page begins; `nil` at the end.
        public let next: ID<Impersonation>?
    }

    /// Of a realm; `nil` where there is none of that name.
    public func callAsFunction(
        realm: RealmName, before id: ID<Impersonation>?, limit: Int
    ) async throws(StoreFault) -> Page? {
        try await store.read { (reader) throws(StoreFault) in
            guard try reader.realm(named: realm) != nil || realm.alwaysExists else { return nil }
            return try page(realm, nil, before: id, limit: limit, reader)
        }
    }

    /// As one person.
    public func of(
        _ user: ID<User>, in realm: RealmName, limit: Int
    ) async throws(StoreFault) -> [Entry] {
        try await store.read { (reader) throws(StoreFault) in
            try page(realm, user, before: nil, limit: limit, reader).entries
        }
    }

    private func page(
        _ realm: RealmName, _ user: ID<User>?, before id: ID<Impersonation>?, limit: Int, _ reader: any StoreReader
    ) throws(StoreFault) -> Page {
        let found = try reader.impersonations(realm: realm, of: user, before: id, limit: limit + 1)
        let entries = try found.prefix(limit).map { (stored) throws(StoreFault) in
            var ending = try reader.ending(of: stored)
            if ending == nil, !stored.standing.isSessionOpen { ending = .sessionEnded }
            return Entry(
                stored: stored, username: try reader.user(stored.user, realm: realm)?.username.text ?? "",
                ending: ending)
        }
        return Page(entries: entries, next: found.count > limit ? entries.last?.stored.acting.id : nil)
    }
}
