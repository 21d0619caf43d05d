public import Domain
public import Storage

/// Every realm, sorted by name, a page at a time.
public struct ListRealms: Sendable {
    let store: any Store
    let base: RealmBase

    public struct Page: Sendable {
        public let realms: [RealmState]
        /// After which the next page begins; `nil` at the end.
        public let next: RealmName?
    }

    public func callAsFunction(after name: RealmName?, limit: Int) async throws(StoreFault) -> Page {
        let found = try await store.read { (reader) throws(StoreFault) in
            var found = try reader.realms(after: name, limit: limit + 1).map { ($0.name, Optional($0)) }
            for always in [RealmName.standard, .system] where name.map({ $0.isBefore(always) }) ?? true {
                if try reader.realm(named: always) == nil { found.append((always, nil)) }
            }
            return found.sorted { $0.0.isBefore($1.0) }
        }
        let page = found.prefix(limit).map { RealmState($0.0, $0.1, base) }
        return Page(realms: page, next: found.count > limit ? page.last?.name : nil)
    }
}

/// One realm; `nil` where there is none of that name.
public struct ShowRealm: Sendable {
    let store: any Store
    let base: RealmBase

    public func callAsFunction(_ name: RealmName) async throws(StoreFault) -> RealmState? {
        let stored = try await store.read { (reader) throws(StoreFault) in try reader.realm(named: name) }
        guard stored != nil || name.alwaysExists else { return nil }
        return RealmState(name, stored, base)
    }
}

extension RealmName {
    /// In the order of the bytes, as both databases sort.
    fileprivate func isBefore(_ other: RealmName) -> Bool { text.utf8.lexicographicallyPrecedes(other.text.utf8) }
}
