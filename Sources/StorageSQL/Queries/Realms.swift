public import Domain
public import Storage

extension SQLTransaction {
    public func realm(named name: RealmName) throws(StoreFault) -> StoredRealm? {
        try row(
            "SELECT name, settings, is_enabled, version, created_at, updated_at FROM realms WHERE name = $1",
            [.realm(name)], readRealm)
    }

    public func realms(after name: RealmName?, limit: Int) throws(StoreFault) -> [StoredRealm] {
        try rows(
            """
            SELECT name, settings, is_enabled, version, created_at, updated_at FROM realms
            WHERE name > $1 ORDER BY name LIMIT $2
            """, [.text(name?.text ?? ""), .limit(limit)], readRealm)
    }

    public func insert(_ realm: StoredRealm) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO realms (name, settings, is_enabled, version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (name) DO NOTHING
            """,
            [
                .realm(realm.name), .text(realm.settings), .flag(realm.isEnabled), .integer(realm.version),
                .time(realm.createdAt), .time(realm.updatedAt),
            ]) > 0
    }

    public func update(_ realm: StoredRealm, ifVersion version: Int64) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE realms SET settings = $2, is_enabled = $3, version = version + 1, updated_at = $4
            WHERE name = $1 AND version = $5
            """,
            [
                .realm(realm.name), .text(realm.settings), .flag(realm.isEnabled), .time(now), .integer(version),
            ]) > 0
    }
}

private func readRealm(_ row: some SQLRow) throws(StoreFault) -> StoredRealm {
    StoredRealm(
        name: try row.realm(0), settings: try row.text(1), isEnabled: try row.flag(2), version: try row.integer(3),
        createdAt: try row.time(4), updatedAt: try row.time(5))
}
