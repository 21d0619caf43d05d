public import Domain
public import Storage

extension SQLTransaction {
    public func group(_ id: ID<Group>, realm: RealmName) throws(StoreFault) -> Group? {
        try row(
            "SELECT id, realm, name, description, version, created_at FROM groups WHERE id = $1 AND realm = $2",
            [.id(id), .realm(realm)], readGroup)
    }

    public func group(named name: String, realm: RealmName) throws(StoreFault) -> Group? {
        try row(
            "SELECT id, realm, name, description, version, created_at FROM groups WHERE realm = $1 AND name = $2",
            [.realm(realm), .text(name)], readGroup)
    }

    public func groups(realm: RealmName, after name: String, limit: Int) throws(StoreFault) -> [Group] {
        try rows(
            """
            SELECT id, realm, name, description, version, created_at
            FROM groups WHERE realm = $1 AND name > $2 ORDER BY name LIMIT $3
            """, [.realm(realm), .text(name), .limit(limit)], readGroup)
    }

    public func insert(_ group: Group) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO groups (id, realm, name, description, version, created_at) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (realm, name) DO NOTHING
            """,
            [
                .id(group.id), .realm(group.realm), .text(group.name), .text(group.description),
                .integer(group.version), .time(group.createdAt),
            ]) > 0
    }

    public func update(_ group: Group, ifVersion version: Int64) throws(StoreFault) -> Bool {
        try change(
            "UPDATE groups SET name = $3, description = $4, version = $5 WHERE id = $1 AND realm = $2 AND version = $6",
            [
                .id(group.id), .realm(group.realm), .text(group.name), .text(group.description),
                .integer(group.version), .integer(version),
            ]) > 0
    }

    public func delete(group: ID<Group>, realm: RealmName) throws(StoreFault) -> Bool {
        try change("DELETE FROM groups WHERE id = $1 AND realm = $2", [.id(group), .realm(realm)]) > 0
    }

    public func noteChange(of holder: AccessHolder) throws(StoreFault) {
        switch holder {
        case .group(let id): _ = try change("UPDATE groups SET version = version + 1 WHERE id = $1", [.id(id)])
        case .role(let id): _ = try change("UPDATE roles SET version = version + 1 WHERE id = $1", [.id(id)])
        case .user, .key: break
        }
    }
}

func readGroup(_ row: some SQLRow) throws(StoreFault) -> Group {
    Group(
        id: try row.id(0), realm: try row.realm(1), name: try row.text(2), description: try row.text(3),
        version: try row.integer(4), createdAt: try row.time(5))
}
