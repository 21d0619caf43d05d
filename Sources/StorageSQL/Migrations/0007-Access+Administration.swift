/// The part of migration 7 for what administrators look for and edit.
extension Migration {
    static let administrationOnSQLite: [StaticString] = [
        "ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
        "CREATE INDEX users_by_number ON users (realm, number)",
        "CREATE INDEX users_by_creation ON users (realm, created_at, number)",
        "CREATE INDEX users_by_sign_in ON users (realm, coalesce(last_sign_in_at, 0), number)",
        "CREATE INDEX mail_by_realm ON mail (realm, id)",
    ]

    /// Names and addresses are listed in the order of their bytes, as on SQLite; their unique indices follow.
    static let administrationOnPostgres: [StaticString] = [
        "ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 1",
        """
        ALTER TABLE users ALTER COLUMN username_key TYPE TEXT COLLATE "C",
            ALTER COLUMN email_key TYPE TEXT COLLATE "C"
        """,
        "CREATE INDEX users_by_number ON users (realm, number)",
        "CREATE INDEX users_by_creation ON users (realm, created_at, number)",
        "CREATE INDEX users_by_sign_in ON users (realm, coalesce(last_sign_in_at, 0), number)",
        "CREATE INDEX mail_by_realm ON mail (realm, id)",
    ]
}
