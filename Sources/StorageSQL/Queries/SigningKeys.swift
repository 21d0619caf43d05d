public import Domain
public import Storage

extension SQLTransaction {
    public func signingKeys(realm: RealmName) throws(StoreFault) -> [StoredSigningKey] {
        try rows(
            """
            SELECT kid, realm, algorithm, public_jwk, wrapped, wrapping, created_at, signs_from, retired_at
            FROM signing_keys WHERE realm = $1 ORDER BY created_at, kid
            """, [.realm(realm)], readSigningKey)
    }

    public func signingKeys(notWrappedUnder epoch: Int64) throws(StoreFault) -> [StoredSigningKey] {
        try rows(
            """
            SELECT kid, realm, algorithm, public_jwk, wrapped, wrapping, created_at, signs_from, retired_at
            FROM signing_keys WHERE wrapping <> $1 ORDER BY realm, kid
            """, [.integer(epoch)], readSigningKey)
    }

    public func insert(_ key: StoredSigningKey) throws(StoreFault) {
        let count = try change(
            """
            INSERT INTO signing_keys
                (realm, kid, algorithm, public_jwk, wrapped, wrapping, created_at, signs_from, retired_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, CAST($8 AS BIGINT), CAST($9 AS BIGINT)
            WHERE EXISTS (SELECT 1 FROM data_keys WHERE purpose = 'wrapping' AND epoch = $6)
            """,
            [
                .realm(key.realm), .text(key.kid), .text(key.algorithm), .text(key.publicJWK),
                .blob(key.wrappedPrivateKey), .integer(key.wrapping), .time(key.createdAt), .time(key.signsFrom),
                .time(key.retiredAt),
            ])
        guard count > 0 else { throw .wrappingKeyIsGone }
    }

    /// A row of its own per realm: on SQLite the only writer has the lock anyway.
    public func lockSigningKeys(realm: RealmName) throws(StoreFault) {
        try setSetting("signing_keys_lock/\(realm.text)", to: [])
    }

    public func setTimes(
        ofSigningKey kid: String, realm: RealmName, signsFrom: Timestamp?, retiredAt: Timestamp?
    ) throws(StoreFault) {
        _ = try change(
            "UPDATE signing_keys SET signs_from = $3, retired_at = $4 WHERE realm = $1 AND kid = $2",
            [.realm(realm), .text(kid), .time(signsFrom), .time(retiredAt)])
    }

    public func replaceWrapped(_ old: StoredSigningKey, by new: WrappedKey) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE signing_keys SET wrapped = $4, wrapping = $5 WHERE realm = $1 AND kid = $2 AND wrapped = $3
            """,
            [
                .realm(old.realm), .text(old.kid), .blob(old.wrappedPrivateKey), .blob(new.bytes),
                .integer(new.epoch),
            ]) > 0
    }
}

extension StoreFault {
    /// Said by a server that was running, or stopped, while the master key was changed elsewhere.
    static let wrappingKeyIsGone = StoreFault.unavailable(
        "the master key was changed meanwhile: start this server again with the present one")
}

private func readSigningKey(_ row: some SQLRow) throws(StoreFault) -> StoredSigningKey {
    StoredSigningKey(
        kid: try row.text(0), realm: try row.realm(1), algorithm: try row.text(2), publicJWK: try row.text(3),
        wrappedPrivateKey: try row.blob(4), wrapping: try row.integer(5), createdAt: try row.time(6),
        signsFrom: try row.optionalTime(7), retiredAt: try row.optionalTime(8))
}
