extension Migration {
    /// Who acts as whom, and the code for when nothing else opens.
    ///
    /// `operator_id` and `session_id` have no references: a row tells of what was, also when those are gone. It goes with the
    /// person it is about. `break_glass` has one row at most: `slot` is always 1.
    static let impersonationOnSQLite: [StaticString] = [
        "ALTER TABLE sessions ADD COLUMN impersonation BLOB",
        """
        CREATE TABLE impersonations (
            id BLOB NOT NULL PRIMARY KEY, realm TEXT NOT NULL,
            user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE, session_id BLOB NOT NULL,
            operator_id BLOB NOT NULL, operator_session BLOB, reason TEXT NOT NULL, may_write INTEGER NOT NULL,
            started_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, ended_at INTEGER, end_reason TEXT,
            is_recorded INTEGER NOT NULL
        ) STRICT
        """,
        "CREATE INDEX impersonations_by_realm ON impersonations (realm, id)",
        "CREATE INDEX impersonations_by_user ON impersonations (user_id, id)",
        "CREATE INDEX impersonations_unrecorded ON impersonations (id) WHERE is_recorded = 0",
        """
        CREATE TABLE break_glass (
            slot INTEGER NOT NULL PRIMARY KEY CHECK (slot = 1), id BLOB NOT NULL, digest BLOB NOT NULL,
            created_at INTEGER NOT NULL, used_at INTEGER
        ) STRICT
        """,
        """
        CREATE TABLE break_glass_user (
            slot INTEGER NOT NULL PRIMARY KEY CHECK (slot = 1),
            user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE
        ) STRICT
        """,
    ]

    static let impersonationOnPostgres: [StaticString] = [
        "ALTER TABLE sessions ADD COLUMN impersonation BYTEA",
        """
        CREATE TABLE impersonations (
            id BYTEA NOT NULL PRIMARY KEY, realm TEXT COLLATE "C" NOT NULL,
            user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE, session_id BYTEA NOT NULL,
            operator_id BYTEA NOT NULL, operator_session BYTEA, reason TEXT NOT NULL, may_write BIGINT NOT NULL,
            started_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, ended_at BIGINT, end_reason TEXT,
            is_recorded BIGINT NOT NULL
        )
        """,
        "CREATE INDEX impersonations_by_realm ON impersonations (realm, id)",
        "CREATE INDEX impersonations_by_user ON impersonations (user_id, id)",
        "CREATE INDEX impersonations_unrecorded ON impersonations (id) WHERE is_recorded = 0",
        """
        CREATE TABLE break_glass (
            slot BIGINT NOT NULL PRIMARY KEY CHECK (slot = 1), id BYTEA NOT NULL, digest BYTEA NOT NULL,
            created_at BIGINT NOT NULL, used_at BIGINT
        )
        """,
        """
        CREATE TABLE break_glass_user (
            slot BIGINT NOT NULL PRIMARY KEY CHECK (slot = 1),
            user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE
        )
        """,
    ]
}
