extension Migration {
    /// Realms that are made while the server runs and their hosts, services' keys, and applications' sessions.
    ///
    /// The version before this one would end a person's session and leave its children alive. One that runs goes on,
    /// and none may start. The default and the system realm need no row, so no other table refers to a realm's.
    static let realms = Migration(
        number: 4, name: "realms", oldestProgram: 4, sqlite: realmsOnSQLite, postgres: realmsOnPostgres)

    private static let realmsOnSQLite: [StaticString] = [
        """
        CREATE TABLE realms (
            name TEXT NOT NULL PRIMARY KEY, settings TEXT NOT NULL, is_enabled INTEGER NOT NULL,
            version INTEGER NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE realm_hosts (
            host TEXT NOT NULL PRIMARY KEY, realm TEXT NOT NULL, application TEXT
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX realm_hosts_by_realm ON realm_hosts (realm)",
        """
        CREATE TABLE api_keys (
            id BLOB NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL,
            previous_digest BLOB, previous_until INTEGER, permissions TEXT NOT NULL, networks TEXT NOT NULL,
            created_at INTEGER NOT NULL, expires_at INTEGER, revoked_at INTEGER, last_used_at INTEGER,
            last_used_address TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX api_keys_by_realm ON api_keys (realm, id)",
        "CREATE UNIQUE INDEX api_keys_by_name ON api_keys (realm, name) WHERE revoked_at IS NULL",
        "ALTER TABLE sessions ADD COLUMN parent BLOB REFERENCES sessions (id) ON DELETE CASCADE",
        "CREATE INDEX sessions_by_parent ON sessions (parent) WHERE parent IS NOT NULL",
        // Neither is touched while a session lives: on PostgreSQL its use changes no index.
        "CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL",
        "CREATE INDEX sessions_by_absolute_end ON sessions (absolute_end)",
        """
        CREATE TABLE handover_codes (
            digest BLOB NOT NULL PRIMARY KEY, realm TEXT NOT NULL,
            session_id BLOB NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, application TEXT NOT NULL,
            host TEXT NOT NULL, browser BLOB NOT NULL, return_to TEXT NOT NULL, expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX handover_codes_by_session ON handover_codes (session_id)",
        "CREATE INDEX handover_codes_by_end ON handover_codes (expires_at)",
    ]

    private static let realmsOnPostgres: [StaticString] = [
        """
        CREATE TABLE realms (
            name TEXT COLLATE "C" NOT NULL PRIMARY KEY, settings TEXT NOT NULL, is_enabled BIGINT NOT NULL,
            version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE realm_hosts (
            host TEXT COLLATE "C" NOT NULL PRIMARY KEY, realm TEXT NOT NULL, application TEXT
        )
        """,
        "CREATE INDEX realm_hosts_by_realm ON realm_hosts (realm)",
        """
        CREATE TABLE api_keys (
            id BYTEA NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT NOT NULL, digest BYTEA NOT NULL,
            previous_digest BYTEA, previous_until BIGINT, permissions TEXT NOT NULL, networks TEXT NOT NULL,
            created_at BIGINT NOT NULL, expires_at BIGINT, revoked_at BIGINT, last_used_at BIGINT,
            last_used_address TEXT NOT NULL
        )
        """,
        "CREATE INDEX api_keys_by_realm ON api_keys (realm, id)",
        "CREATE UNIQUE INDEX api_keys_by_name ON api_keys (realm, name) WHERE revoked_at IS NULL",
        "ALTER TABLE sessions ADD COLUMN parent BYTEA REFERENCES sessions (id) ON DELETE CASCADE",
        "CREATE INDEX sessions_by_parent ON sessions (parent) WHERE parent IS NOT NULL",
        // Neither is touched while a session lives: on PostgreSQL its use changes no index.
        "CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL",
        "CREATE INDEX sessions_by_absolute_end ON sessions (absolute_end)",
        """
        CREATE TABLE handover_codes (
            digest BYTEA NOT NULL PRIMARY KEY, realm TEXT NOT NULL,
            session_id BYTEA NOT NULL REFERENCES sessions (id) ON DELETE CASCADE, application TEXT NOT NULL,
            host TEXT NOT NULL, browser BYTEA NOT NULL, return_to TEXT NOT NULL, expires_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX handover_codes_by_session ON handover_codes (session_id)",
        "CREATE INDEX handover_codes_by_end ON handover_codes (expires_at)",
    ]
}
