public import Domain
public import Storage

extension SQLTransaction {
    public func permission(named name: String, realm: RealmName) throws(StoreFault) -> Permission? {
        try row(
            """
            SELECT id, realm, name, description, resource, action, created_at
            FROM permissions WHERE realm = $1 AND name = $2
            """, [.realm(realm), .text(name)], readPermission)
    }

    public func permission(_ pair: Permission.Pair, realm: RealmName) throws(StoreFault) -> Permission? {
        try row(
            """
            SELECT id, realm, name, description, resource, action, created_at
            FROM permissions WHERE realm = $1 AND resource = $2 AND action = $3
            """, [.realm(realm), .text(pair.resource), .text(pair.action)], readPermission)
    }

    public func permissions(realm: RealmName, resource: String?) throws(StoreFault) -> [Permission] {
        guard let resource else {
            return try rows(
                """
                SELECT id, realm, name, description, resource, action, created_at
                FROM permissions WHERE realm = $1 ORDER BY resource, action
                """, [.realm(realm)], readPermission)
        }
        return try rows(
            """
            SELECT id, realm, name, description, resource, action, created_at
            FROM permissions WHERE realm = $1 AND resource = $2 ORDER BY action
            """, [.realm(realm), .text(resource)], readPermission)
    }

    public func permissions(of user: ID<User>, realm: RealmName) throws(StoreFault) -> [Permission] {
        try rows(
            """
            SELECT p.id, p.realm, p.name, p.description, p.resource, p.action, p.created_at
            FROM user_permissions up JOIN permissions p ON p.id = up.permission_id
            WHERE up.user_id = $1 AND p.realm = $2 ORDER BY p.resource, p.action
            """, [.id(user), .realm(realm)], readPermission)
    }

    public func permissions(of role: ID<Role>, realm: RealmName) throws(StoreFault) -> [Permission] {
        try rows(
            """
            SELECT p.id, p.realm, p.name, p.description, p.resource, p.action, p.created_at
            FROM role_permissions rp JOIN permissions p ON p.id = rp.permission_id
            WHERE rp.role_id = $1 AND p.realm = $2 ORDER BY p.resource, p.action
            """, [.id(role), .realm(realm)], readPermission)
    }

    /// Without a conflict target, since either of two keys may be taken; a taken id then reads as a taken name.
    public func insert(_ permission: Permission) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO permissions (id, realm, name, description, resource, action, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT DO NOTHING
            """,
            [
                .id(permission.id), .realm(permission.realm), .text(permission.name), .text(permission.description),
                .text(permission.pair.resource), .text(permission.pair.action), .time(permission.createdAt),
            ]) > 0
    }
}

private func readPermission(_ row: some SQLRow) throws(StoreFault) -> Permission {
    guard let pair = Permission.Pair(resource: try row.text(4), action: try row.text(5)) else {
        throw .damaged("a permission's pair is not one")
    }
    return Permission(
        id: try row.id(0), realm: try row.realm(1), name: try row.text(2), description: try row.text(3), pair: pair,
        createdAt: try row.time(6))
}
