/// The part of migration 6 for who agreed to what, who was warned, and who was erased.
///
/// Consents and erasures refer to no user: they outlive them.
extension Migration {
    static let consentsOnSQLite: [StaticString] = [
        """
        CREATE TABLE consents (
            place INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, realm TEXT NOT NULL,
            user_id BLOB NOT NULL, document TEXT NOT NULL, version INTEGER NOT NULL, digest TEXT NOT NULL,
            is_given INTEGER NOT NULL, source BLOB NOT NULL, event_id BLOB NOT NULL, decided_at INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX consents_by_user ON consents (realm, user_id, document, place)",
        """
        CREATE TABLE inactivity_warnings (
            user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE, since INTEGER NOT NULL,
            days INTEGER NOT NULL, warned_at INTEGER NOT NULL,
            PRIMARY KEY (user_id, since, days)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE erasures (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, realm TEXT NOT NULL, user_id BLOB NOT NULL,
            erased_at INTEGER NOT NULL,
            UNIQUE (realm, user_id)
        ) STRICT
        """,
        "CREATE INDEX users_by_last_use ON users (realm, (coalesce(last_sign_in_at, created_at)))",
    ]

    static let consentsOnPostgres: [StaticString] = [
        """
        CREATE TABLE consents (
            place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id BYTEA NOT NULL UNIQUE, realm TEXT NOT NULL,
            user_id BYTEA NOT NULL, document TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL,
            digest TEXT NOT NULL, is_given BIGINT NOT NULL, source BYTEA NOT NULL, event_id BYTEA NOT NULL,
            decided_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX consents_by_user ON consents (realm, user_id, document, place)",
        """
        CREATE TABLE inactivity_warnings (
            user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE, since BIGINT NOT NULL,
            days BIGINT NOT NULL, warned_at BIGINT NOT NULL,
            PRIMARY KEY (user_id, since, days)
        )
        """,
        """
        CREATE TABLE erasures (
            seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, realm TEXT NOT NULL, user_id BYTEA NOT NULL,
            erased_at BIGINT NOT NULL,
            UNIQUE (realm, user_id)
        )
        """,
        "CREATE INDEX users_by_last_use ON users (realm, (coalesce(last_sign_in_at, created_at)))",
    ]
}
