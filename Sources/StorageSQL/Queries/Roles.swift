public import Domain
public import Storage

extension SQLTransaction {
    public func role(named name: String, realm: RealmName) throws(StoreFault) -> Role? {
        try row(
            "SELECT id, realm, name, description, rank, version, created_at FROM roles WHERE realm = $1 AND name = $2",
            [.realm(realm), .text(name)], readRole)
    }

    public func role(_ id: ID<Role>, realm: RealmName) throws(StoreFault) -> Role? {
        try row(
            "SELECT id, realm, name, description, rank, version, created_at FROM roles WHERE id = $1 AND realm = $2",
            [.id(id), .realm(realm)], readRole)
    }

    public func update(_ role: Role, ifVersion version: Int64) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE roles SET name = $3, description = $4, rank = $5, version = $6
            WHERE id = $1 AND realm = $2 AND version = $7
            """,
            [
                .id(role.id), .realm(role.realm), .text(role.name), .text(role.description), .integer(role.rank),
                .integer(role.version), .integer(version),
            ]) > 0
    }

    public func roles(realm: RealmName) throws(StoreFault) -> [Role] {
        try rows(
            "SELECT id, realm, name, description, rank, version, created_at FROM roles WHERE realm = $1 ORDER BY name",
            [.realm(realm)], readRole)
    }

    public func insert(_ role: Role) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO roles (id, realm, name, description, rank, version, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (realm, name) DO NOTHING
            """,
            [
                .id(role.id), .realm(role.realm), .text(role.name), .text(role.description), .integer(role.rank),
                .integer(role.version), .time(role.createdAt),
            ]) > 0
    }

    public func update(_ role: Role) throws(StoreFault) -> Bool {
        try change(
            "UPDATE roles SET description = $3, version = version + 1 WHERE id = $1 AND realm = $2",
            [.id(role.id), .realm(role.realm), .text(role.description)]) > 0
    }

    /// The references of grants to the role cascade on both databases.
    public func delete(role: ID<Role>, realm: RealmName) throws(StoreFault) -> Bool {
        try change("DELETE FROM roles WHERE id = $1 AND realm = $2", [.id(role), .realm(realm)]) > 0
    }

    public func userCount(of role: ID<Role>) throws(StoreFault) -> Int64 {
        try row(
            """
            SELECT (SELECT count(*) FROM user_roles WHERE role_id = $1)
                + (SELECT count(*) FROM access_links l WHERE l.held = $1 AND l.holder_kind <= 3)
            """, [.id(role)]
        ) { row throws(StoreFault) in
            try row.integer(0)
        } ?? 0
    }
}

private func readRole(_ row: some SQLRow) throws(StoreFault) -> Role {
    Role(
        id: try row.id(0), realm: try row.realm(1), name: try row.text(2), description: try row.text(3),
        rank: try row.integer(4), version: try row.integer(5), createdAt: try row.time(6))
}
