public import Domain
public import Storage

/// A role with what it gives and how many hold it.
public struct RoleDetail: Sendable {
    public let role: Role
    public let permissions: [Permission]
    public let userCount: Int64
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

    private func detail(_ role: Role, _ reader: any StoreReader) throws(StoreFault) -> RoleDetail {
        RoleDetail(
            role: role, permissions: try reader.permissions(of: role.id, realm: role.realm),
            userCount: try reader.userCount(of: role.id))
    }
}
