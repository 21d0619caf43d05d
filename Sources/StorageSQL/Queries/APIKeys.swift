public import Domain
public import Storage

extension SQLTransaction {
    public func apiKey(_ id: ID<APIKey>, realm: RealmName) throws(StoreFault) -> StoredAPIKey? {
        try row(
            """
            SELECT id, realm, name, digest, previous_digest, previous_until, permissions, networks, created_at,
                expires_at, revoked_at, last_used_at, last_used_address
            FROM api_keys WHERE id = $1 AND realm = $2
            """, [.id(id), .realm(realm)], readKey)
    }

    public func apiKey(named name: String, realm: RealmName) throws(StoreFault) -> StoredAPIKey? {
        try row(
            """
            SELECT id, realm, name, digest, previous_digest, previous_until, permissions, networks, created_at,
                expires_at, revoked_at, last_used_at, last_used_address
            FROM api_keys WHERE realm = $1 AND name = $2 AND revoked_at IS NULL
            """, [.realm(realm), .text(name)], readKey)
    }

    public func apiKeys(realm: RealmName, after key: ID<APIKey>?, limit: Int) throws(StoreFault) -> [StoredAPIKey] {
        try rows(
            """
            SELECT id, realm, name, digest, previous_digest, previous_until, permissions, networks, created_at,
                expires_at, revoked_at, last_used_at, last_used_address
            FROM api_keys WHERE realm = $1 AND id > $2 ORDER BY id LIMIT $3
            """, [.realm(realm), .blob(key?.bytes ?? []), .limit(limit)], readKey)
    }

    public func insert(_ key: StoredAPIKey) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO api_keys (id, realm, name, digest, previous_digest, previous_until, permissions, networks,
                created_at, expires_at, revoked_at, last_used_at, last_used_address)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            ON CONFLICT (realm, name) WHERE revoked_at IS NULL DO NOTHING
            """,
            [
                .id(key.id), .realm(key.realm), .text(key.name), .blob(key.digest),
                key.previousDigest.map { .blob($0) } ?? .null, .time(key.previousUntil),
                .text(try joined(key.permissions)), .text(try joined(key.networks)), .time(key.createdAt),
                .time(key.expiresAt), .time(key.revokedAt), .time(key.lastUsedAt), .text(key.lastUsedAddress),
            ]) > 0
    }

    /// What stands on the right of each `=` is what was there before the statement.
    public func rotate(
        apiKey: ID<APIKey>, realm: RealmName, to digest: [UInt8], previousUntil: Timestamp
    ) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE api_keys SET digest = $3, previous_digest = digest, previous_until = $4
            WHERE id = $1 AND realm = $2 AND revoked_at IS NULL
            """, [.id(apiKey), .realm(realm), .blob(digest), .time(previousUntil)]) > 0
    }

    public func revoke(apiKey: ID<APIKey>, realm: RealmName) throws(StoreFault) -> Bool {
        try change(
            "UPDATE api_keys SET revoked_at = $3 WHERE id = $1 AND realm = $2 AND revoked_at IS NULL",
            [.id(apiKey), .realm(realm), .time(now)]) > 0
    }

    public func withdraw(_ permission: Permission.Pair, fromKeysIn realm: RealmName) throws(StoreFault) {
        _ = try change(
            """
            UPDATE api_keys SET permissions = trim(replace(' ' || permissions || ' ', $2, ' '))
            WHERE realm = $1 AND replace(' ' || permissions || ' ', $2, ' ') <> ' ' || permissions || ' '
            """, [.realm(realm), .text(" \(permission) ")])
    }

    /// Row by row in the order of the ids, so that two nodes writing at once cannot wait for each other in a ring.
    public func note(_ uses: [APIKeyUse]) throws(StoreFault) {
        for use in uses.sorted(by: { $0.key < $1.key }) {
            _ = try change(
                """
                UPDATE api_keys SET last_used_at = $2, last_used_address = $3
                WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)
                """, [.id(use.key), .time(use.at), .text(use.address)])
        }
    }
}

/// As one text, in which a space divides.
private func joined(_ names: [String]) throws(StoreFault) -> String {
    guard names.allSatisfy({ !$0.utf8.isEmpty && !$0.utf8.contains(UInt8(ascii: " ")) }) else {
        throw .constraint("a permission or network of an API key is empty or has a space")
    }
    return names.joined(separator: " ")
}

private func divided(_ text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: " ")).compactMap { String($0) }
}

private func readKey(_ row: some SQLRow) throws(StoreFault) -> StoredAPIKey {
    StoredAPIKey(
        id: try row.id(0), realm: try row.realm(1), name: try row.text(2), digest: try row.blob(3),
        previousDigest: row.isNull(4) ? nil : try row.blob(4), previousUntil: try row.optionalTime(5),
        permissions: divided(try row.text(6)), networks: divided(try row.text(7)), createdAt: try row.time(8),
        expiresAt: try row.optionalTime(9), revokedAt: try row.optionalTime(10), lastUsedAt: try row.optionalTime(11),
        lastUsedAddress: try row.text(12))
}
