public import Domain
public import Storage

extension SQLTransaction {
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
        // A rule may have given it before; now somebody has, and no rule may take it again.
        _ = try change("DELETE FROM rule_roles WHERE user_id = $1 AND role_id = $2", values)
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
