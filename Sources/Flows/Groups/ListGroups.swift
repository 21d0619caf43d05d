public import Domain
public import Storage

/// Groups, their members and what they hold.
public struct ListGroups: Sendable {
    let store: any Store

    /// A page of the members, and the last one's place where there are more.
    public struct Members: Sendable {
        public let members: [AccessEntry]
        public let next: MemberPlace?
    }

    /// At most `limit`, sorted by name, and whether there are more.
    public func callAsFunction(
        in realm: RealmName, after name: String, limit: Int
    ) async throws(StoreFault) -> (groups: [Group], hasMore: Bool) {
        let found = try await store.read { (reader) throws(StoreFault) in
            try reader.groups(realm: realm, after: name, limit: limit + 1)
        }
        return (Array(found.prefix(limit)), found.count > limit)
    }

    /// `nil` where there is no such group.
    public func show(_ name: String, in realm: RealmName) async throws(StoreFault) -> GroupDetail? {
        try await store.read { (reader) throws(StoreFault) in
            guard let group = try reader.group(named: name, realm: realm) else { return nil }
            return try reader.detail(group)
        }
    }

    /// `nil` where there is no such group.
    public func members(
        of name: String, in realm: RealmName, after place: MemberPlace?, limit: Int
    ) async throws(StoreFault) -> Members? {
        try await store.read { (reader) throws(StoreFault) in
            guard let group = try reader.group(named: name, realm: realm) else { return nil }
            let held = AccessHeld.group(group.id)
            let last = place.map {
                AccessEntry(holder: $0.holder, holderName: "", held: held, heldName: "", expiresAt: nil)
            }
            let found = try reader.entries(holding: held, realm: realm, after: last, limit: limit + 1)
            let page = Array(found.prefix(limit))
            return Members(
                members: page, next: found.count > limit ? page.last.map { MemberPlace(holder: $0.holder) } : nil)
        }
    }
}

/// Where a page of members ends.
public struct MemberPlace: Sendable {
    let holder: AccessHolder

    init(holder: AccessHolder) { self.holder = holder }

    /// `user:` and an id, and so on.
    public var text: String {
        switch holder {
        case .user(let id): "user:\(id.text)"
        case .key(let id): "key:\(id.text)"
        case .group(let id): "group:\(id.text)"
        case .role(let id): "role:\(id.text)"
        }
    }

    /// `nil` for what ``text`` never is.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1).map { String(Substring($0)) }
        guard parts.count == 2 else { return nil }
        let holder: AccessHolder? =
            switch parts[0] {
            case "user": ID<User>(parts[1]).map { .user($0) }
            case "key": ID<APIKey>(parts[1]).map { .key($0) }
            case "group": ID<Group>(parts[1]).map { .group($0) }
            default: nil
            }
        guard let holder else { return nil }
        self.holder = holder
    }
}

extension StoreReader {
    func detail(_ group: Group) throws(StoreFault) -> GroupDetail {
        GroupDetail(
            group: group, organisation: try organisation(of: group.id, realm: group.realm)?.name,
            holds: try entries(of: .group(group.id), realm: group.realm))
    }
}
