public import Domain
public import Storage

/// A role with what it gives and how many hold it.
public struct RoleDetail: Sendable {
    public let role: Role
    /// Given for every instance and without an end.
    public let permissions: [Permission]
    /// Everything it gives itself, also for a while or on one instance, and the roles that it includes.
    public let gives: [AccessEntry]
    public let userCount: Int64

    public var includes: [String] {
        gives.compactMap { entry in if case .role = entry.held { entry.heldName } else { nil } }
    }
}

/// What a user holds, and where each thing comes from.
public struct UserGrants: Sendable {
    public let user: User
    /// Given to the user himself.
    public let direct: [Permission]
    public let roles: [RoleDetail]
}

/// Roles, permissions and who holds what, for operators.
public struct ListAccess: Sendable {
    let store: any Store

    /// Every role of a realm, sorted by name.
    public func roles(in realm: RealmName) async throws(StoreFault) -> [RoleDetail] {
        try await store.read { (reader) throws(StoreFault) in
            var all: [RoleDetail] = []
            for role in try reader.roles(realm: realm) { all.append(try detail(role, reader)) }
            return all
        }
    }

    /// `nil` when there is no such role.
    public func role(_ name: String, in realm: RealmName) async throws(StoreFault) -> RoleDetail? {
        try await store.read { (reader) throws(StoreFault) in
            guard let role = try reader.role(named: name, realm: realm) else { return nil }
            return try detail(role, reader)
        }
    }

    /// Every permission of a realm, or of one resource; sorted by resource and action.
    public func permissions(
        in realm: RealmName, resource: String?
    ) async throws(StoreFault) -> [Permission] {
        try await store.read { (reader) throws(StoreFault) in
            try reader.permissions(realm: realm, resource: resource)
        }
    }

    /// By name, by pair or by id; `nil` when there is none.
    public func permission(_ name: String, in realm: RealmName) async throws(StoreFault) -> Permission? {
        try await store.read { (reader) throws(StoreFault) in try reader.permission(called: name, realm: realm) }
    }

    /// `nil` when there is no such user.
    public func grants(of reference: String, in realm: RealmName) async throws(StoreFault) -> UserGrants? {
        try await store.read { (reader) throws(StoreFault) in
            guard let user = try UserReference(text: reference).find(in: realm, reader) else { return nil }
            var roles: [RoleDetail] = []
            for name in try reader.grants(of: user.id, realm: realm).roles {
                if let role = try reader.role(named: name, realm: realm) { roles.append(try detail(role, reader)) }
            }
            return UserGrants(
                user: user, direct: try reader.permissions(of: user.id, realm: realm), roles: roles)
        }
    }

    /// What was given to a holder itself, also what is over; `nil` when there is no such holder.
    public func entries(of holder: HolderName, in realm: RealmName) async throws(StoreFault) -> [AccessEntry]? {
        try await store.read { (reader) throws(StoreFault) in
            guard let found = try holder.find(in: realm, reader) else { return nil }
            return try reader.entries(of: found.holder, realm: realm)
        }
    }

    /// Everybody to whom something was given itself, a page at a time.
    ///
    /// - Parameter place: ``EntryPage/next`` of the page before.
    /// - Returns: `nil` when there is no such thing, or no such place.
    public func holders(
        of held: HeldName, in realm: RealmName, after place: String?, limit: Int
    ) async throws(StoreFault) -> EntryPage? {
        try await store.read { (reader) throws(StoreFault) in
            let found = try held.find(in: realm, reader) { pair in
                Permission(
                    id: ID(high: 0, low: 0), realm: realm, name: pair.description, description: "", pair: pair,
                    createdAt: reader.now)
            }
            guard let found else { return nil }
            var last: AccessEntry?
            if let place {
                guard let read = AccessEntry(place: place, found.held) else { return nil }
                last = read
            }
            let entries = try reader.entries(holding: found.held, realm: realm, after: last, limit: limit + 1)
            let page = Array(entries.prefix(limit))
            return EntryPage(entries: page, next: entries.count > limit ? page.last?.place : nil)
        }
    }

    private func detail(_ role: Role, _ reader: any StoreReader) throws(StoreFault) -> RoleDetail {
        RoleDetail(
            role: role, permissions: try reader.permissions(of: role.id, realm: role.realm),
            gives: try reader.entries(of: .role(role.id), realm: role.realm),
            userCount: try reader.userCount(of: role.id))
    }
}

/// A part of a list of grants.
public struct EntryPage: Sendable {
    public let entries: [AccessEntry]
    /// Where the next part begins; `nil` at the end.
    public let next: String?
}

extension AccessEntry {
    /// Holder and instance, which order such lists; opaque to clients.
    fileprivate var place: String {
        let (kind, id) =
            switch holder {
            case .user(let id): ("u", id.text)
            case .key(let id): ("k", id.text)
            case .group(let id): ("g", id.text)
            case .role(let id): ("r", id.text)
            }
        if case .permission(_, let instance?) = held { return "\(kind)\(id)~\(instance)" }
        return "\(kind)\(id)"
    }

    fileprivate init?(place: String, _ held: AccessHeld) {
        guard let kind = place.utf8.first else { return nil }
        let rest = place.utf8.dropFirst()
        let id = String(Substring(rest.prefix(36)))
        let behind = rest.dropFirst(36)
        let holder: AccessHolder?
        switch kind {
        case UInt8(ascii: "u"): holder = ID<User>(id).map { .user($0) }
        case UInt8(ascii: "k"): holder = ID<APIKey>(id).map { .key($0) }
        case UInt8(ascii: "g"): holder = ID<Group>(id).map { .group($0) }
        case UInt8(ascii: "r"): holder = ID<Role>(id).map { .role($0) }
        default: holder = nil
        }
        guard let holder, behind.isEmpty || behind.first == UInt8(ascii: "~") else { return nil }
        var place = held
        if case .permission(let permission, _) = held, !behind.isEmpty {
            place = .permission(permission, instance: String(Substring(behind.dropFirst())))
        }
        self.init(holder: holder, holderName: "", held: place, heldName: "", expiresAt: nil)
    }
}
