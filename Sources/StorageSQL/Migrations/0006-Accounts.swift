extension Migration {
    /// The life of an account: proven addresses, bans, mail, attributes, throttles, consents.
    ///
    /// The version before this one would let somebody in who is banned or has laid the account down, and cannot check
    /// imported passwords. One that runs goes on, and none may start.
    static let accounts = Migration(
        number: 6, name: "accounts", oldestProgram: 6,
        sqlite: accountsOnSQLite + mailOnSQLite + tokensOnSQLite + profilesOnSQLite + throttlesOnSQLite
            + consentsOnSQLite + bulkOnSQLite,
        postgres: accountsOnPostgres + mailOnPostgres + tokensOnPostgres + profilesOnPostgres + throttlesOnPostgres
            + consentsOnPostgres + bulkOnPostgres)

    private static let accountsOnSQLite: [StaticString] = [
        "ALTER TABLE users ADD COLUMN email_verified_at INTEGER",
        "ALTER TABLE users ADD COLUMN banned_until INTEGER",
        "ALTER TABLE users ADD COLUMN deactivated_at INTEGER",
        "ALTER TABLE users ADD COLUMN last_sign_in_at INTEGER",
        "ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT ''",
    ]

    private static let accountsOnPostgres: [StaticString] = [
        "ALTER TABLE users ADD COLUMN email_verified_at BIGINT",
        "ALTER TABLE users ADD COLUMN banned_until BIGINT",
        "ALTER TABLE users ADD COLUMN deactivated_at BIGINT",
        "ALTER TABLE users ADD COLUMN last_sign_in_at BIGINT",
        "ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT ''",
    ]
}
