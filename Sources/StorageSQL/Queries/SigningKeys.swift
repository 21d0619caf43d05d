public import Domain
public import Storage

extension SQLTransaction {
    public func signingKeys(realm: RealmName) throws(StoreFault) -> [StoredSigningKey] {
        try rows(
            """
            SELECT kid, realm, algorithm, public_jwk, wrapped, created_at, retired_at
            FROM signing_keys WHERE realm = $1 ORDER BY created_at, kid
            """, [.realm(realm)]
        ) { row throws(StoreFault) in
            StoredSigningKey(
                kid: try row.text(0), realm: try row.realm(1), algorithm: try row.text(2),
                publicJWK: try row.text(3), wrappedPrivateKey: try row.blob(4), createdAt: try row.time(5),
                retiredAt: try row.optionalTime(6))
        }
    }

    public func insert(_ key: StoredSigningKey) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO signing_keys (realm, kid, algorithm, public_jwk, wrapped, created_at, retired_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .realm(key.realm), .text(key.kid), .text(key.algorithm), .text(key.publicJWK),
                .blob(key.wrappedPrivateKey), .time(key.createdAt), .time(key.retiredAt),
            ])
    }
}
