public import Domain
public import Storage

extension SQLTransaction {
    public func permission(named name: String, realm: RealmName) throws(StoreFault) -> Permission? {
        try row(
            """
            SELECT id, realm, name, description, resource, action, version, created_at
            FROM permissions WHERE realm = $1 AND name = $2
            """, [.realm(realm), .text(name)], readPermission)
    }

    public func permission(_ pair: Permission.Pair, realm: RealmName) throws(StoreFault) -> Permission? {
        try row(
            """
            SELECT id, realm, name, description, resource, action, version, created_at
            FROM permissions WHERE realm = $1 AND resource = $2 AND action = $3
            """, [.realm(realm), .text(pair.resource), .text(pair.action)], readPermission)
    }

    public func permission(_ id: ID<Permission>, realm: RealmName) throws(StoreFault) -> Permission? {
        try row(
            """
            SELECT id, realm, name, description, resource, action, version, created_at
            FROM permissions WHERE id = $1 AND realm = $2
            """, [.id(id), .realm(realm)], readPermission)
    }

    public func update(_ permission: Permission, ifVersion version: Int64) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE permissions SET name = $3, description = $4, version = $5
            WHERE id = $1 AND realm = $2 AND version = $6
            """,
            [
                .id(permission.id), .realm(permission.realm), .text(permission.name), .text(permission.description),
                .integer(permission.version), .integer(version),
            ]) > 0
    }

    public func delete(permission: ID<Permission>, realm: RealmName) throws(StoreFault) -> Bool {
        try change("DELETE FROM permissions WHERE id = $1 AND realm = $2", [.id(permission), .realm(realm)]) > 0
    }

    public func permissions(realm: RealmName, resource: String?) throws(StoreFault) -> [Permission] {
        guard let resource else {
            return try rows(
                """
                SELECT id, realm, name, description, resource, action, version, created_at
                FROM permissions WHERE realm = $1 ORDER BY resource, action
                """, [.realm(realm)], readPermission)
        }
        return try rows(
            """
            SELECT id, realm, name, description, resource, action, version, created_at
            FROM permissions WHERE realm = $1 AND resource = $2 ORDER BY action
            """, [.realm(realm), .text(resource)], readPermission)
    }

    public func permissions(of user: ID<User>, realm: RealmName) throws(StoreFault) -> [Permission] {
        try rows(
            """
            SELECT p.id, p.realm, p.name, p.description, p.resource, p.action, p.version, p.created_at
            FROM user_permissions up CROSS JOIN permissions p
            WHERE up.user_id = $1 AND p.id = up.permission_id AND p.realm = $2 ORDER BY p.resource, p.action
            """, [.id(user), .realm(realm)], readPermission)
    }

    public func permissions(of role: ID<Role>, realm: RealmName) throws(StoreFault) -> [Permission] {
        try rows(
            """
            SELECT p.id, p.realm, p.name, p.description, p.resource, p.action, p.version, p.created_at
            FROM role_permissions rp CROSS JOIN permissions p
            WHERE rp.role_id = $1 AND p.id = rp.permission_id AND p.realm = $2 ORDER BY p.resource, p.action
            """, [.id(role), .realm(realm)], readPermission)
    }

    /// Without a conflict target, since either of two keys may be taken; a taken id then reads as a taken name.
    public func insert(_ permission: Permission) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO permissions (id, realm, name, description, resource, action, version, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT DO NOTHING
            """,
            [
                .id(permission.id), .realm(permission.realm), .text(permission.name), .text(permission.description),
                .text(permission.pair.resource), .text(permission.pair.action), .integer(permission.version),
                .time(permission.createdAt),
            ]) > 0
    }

    public func update(_ permission: Permission) throws(StoreFault) -> Bool {
        try change(
            "UPDATE permissions SET name = $3, description = $4, version = version + 1 WHERE id = $1 AND realm = $2",
            [
                .id(permission.id), .realm(permission.realm), .text(permission.name), .text(permission.description),
            ]) > 0
    }
}

private func readPermission(_ row: some SQLRow) throws(StoreFault) -> Permission {
    guard let pair = Permission.Pair(granting: try row.text(4), action: try row.text(5)) else {
        throw .damaged("a permission's pair is not one")
    }
    return Permission(
        id: try row.id(0), realm: try row.realm(1), name: try row.text(2), description: try row.text(3), pair: pair,
        version: try row.integer(6), createdAt: try row.time(7))
}
