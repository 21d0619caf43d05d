public import Domain
public import Storage

extension SQLTransaction {
    public func grants(of user: ID<User>, realm: RealmName) throws(StoreFault) -> Grants {
        let roles = try rows(
            """
            SELECT r.name FROM user_roles ur JOIN roles r ON r.id = ur.role_id
            WHERE ur.user_id = $1 AND r.realm = $2 ORDER BY r.name
            """, [.id(user), .realm(realm)]
        ) { row throws(StoreFault) in try row.text(0) }
        let permissions = try rows(
            """
            SELECT p.name, p.resource, p.action
            FROM user_permissions up JOIN permissions p ON p.id = up.permission_id
            WHERE up.user_id = $1 AND p.realm = $2
            UNION
            SELECT p.name, p.resource, p.action
            FROM user_roles ur
            JOIN role_permissions rp ON rp.role_id = ur.role_id
            JOIN permissions p ON p.id = rp.permission_id
            WHERE ur.user_id = $1 AND p.realm = $2
            """, [.id(user), .realm(realm)]
        ) { row throws(StoreFault) -> (name: String, pair: Permission.Pair) in
            guard let pair = Permission.Pair(resource: try row.text(1), action: try row.text(2)) else {
                throw .damaged("a permission's pair is not one")
            }
            return (name: try row.text(0), pair: pair)
        }
        return Grants(roles: roles, permissions: permissions)
    }

    // Each grant joins both sides on their realm, so that nothing is ever granted across realms.

    public func grant(role: ID<Role>, to user: ID<User>) throws(StoreFault) -> Bool {
        let values: [SQLValue] = [.id(user), .id(role)]
        let count = try change(
            """
            INSERT INTO user_roles (user_id, role_id)
            SELECT u.id, r.id FROM users u JOIN roles r ON r.realm = u.realm WHERE u.id = $1 AND r.id = $2
            ON CONFLICT (user_id, role_id) DO NOTHING
            """, values)
        if count > 0 { return true }
        try requireGranted("SELECT count(*) FROM user_roles WHERE user_id = $1 AND role_id = $2", values)
        return false
    }

    public func grant(permission: ID<Permission>, to user: ID<User>) throws(StoreFault) -> Bool {
        let values: [SQLValue] = [.id(user), .id(permission)]
        let count = try change(
            """
            INSERT INTO user_permissions (user_id, permission_id)
            SELECT u.id, p.id FROM users u JOIN permissions p ON p.realm = u.realm WHERE u.id = $1 AND p.id = $2
            ON CONFLICT (user_id, permission_id) DO NOTHING
            """, values)
        if count > 0 { return true }
        try requireGranted("SELECT count(*) FROM user_permissions WHERE user_id = $1 AND permission_id = $2", values)
        return false
    }

    public func grant(permission: ID<Permission>, to role: ID<Role>) throws(StoreFault) -> Bool {
        let values: [SQLValue] = [.id(role), .id(permission)]
        let count = try change(
            """
            INSERT INTO role_permissions (role_id, permission_id)
            SELECT r.id, p.id FROM roles r JOIN permissions p ON p.realm = r.realm WHERE r.id = $1 AND p.id = $2
            ON CONFLICT (role_id, permission_id) DO NOTHING
            """, values)
        if count > 0 { return true }
        try requireGranted("SELECT count(*) FROM role_permissions WHERE role_id = $1 AND permission_id = $2", values)
        return false
    }

    public func revoke(role: ID<Role>, from user: ID<User>) throws(StoreFault) -> Bool {
        try change("DELETE FROM user_roles WHERE user_id = $1 AND role_id = $2", [.id(user), .id(role)]) > 0
    }

    public func revoke(permission: ID<Permission>, from user: ID<User>) throws(StoreFault) -> Bool {
        try change(
            "DELETE FROM user_permissions WHERE user_id = $1 AND permission_id = $2", [.id(user), .id(permission)]) > 0
    }

    public func revoke(permission: ID<Permission>, from role: ID<Role>) throws(StoreFault) -> Bool {
        try change(
            "DELETE FROM role_permissions WHERE role_id = $1 AND permission_id = $2", [.id(role), .id(permission)]) > 0
    }

    /// Tells "it was there already" from "one of the two does not exist, or is of another realm".
    private func requireGranted(_ sql: StaticString, _ values: [SQLValue]) throws(StoreFault) {
        let count = try row(sql, values) { row throws(StoreFault) in try row.integer(0) }
        guard count == 1 else { throw .constraint("a grant between two that do not exist in one realm") }
    }
}
