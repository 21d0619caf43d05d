extension Migration {
    /// When each signing key signs, the keys that the master key wraps, and which servers are at work.
    ///
    /// What is there was wrapped by the one key that version 1 derived from the master key: epoch 1. A signing key that
    /// a server of version 1 inserts has no time from which it signs, and signs at once, as it did there. One that runs
    /// goes on; none may start, because it would sign with a key that clients do not know yet.
    static let keys = Migration(
        number: 2, name: "keys", oldestProgram: 2, sqlite: keysOnSQLite, postgres: keysOnPostgres)

    private static let keysOnSQLite: [StaticString] = [
        "ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER",
        "ALTER TABLE signing_keys ADD COLUMN wrapping INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE subject_keys ADD COLUMN wrapping INTEGER NOT NULL DEFAULT 1",
        """
        CREATE TABLE data_keys (
            purpose TEXT NOT NULL, epoch INTEGER NOT NULL, wrapped BLOB NOT NULL, created_at INTEGER NOT NULL,
            retired_at INTEGER,
            PRIMARY KEY (purpose, epoch)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE nodes (
            id BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL, seen_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
    ]

    private static let keysOnPostgres: [StaticString] = [
        "ALTER TABLE signing_keys ADD COLUMN signs_from BIGINT",
        "ALTER TABLE signing_keys ADD COLUMN wrapping BIGINT NOT NULL DEFAULT 1",
        "ALTER TABLE subject_keys ADD COLUMN wrapping BIGINT NOT NULL DEFAULT 1",
        """
        CREATE TABLE data_keys (
            purpose TEXT COLLATE "C" NOT NULL, epoch BIGINT NOT NULL, wrapped BYTEA NOT NULL,
            created_at BIGINT NOT NULL, retired_at BIGINT,
            PRIMARY KEY (purpose, epoch)
        )
        """,
        "CREATE TABLE nodes (id BYTEA NOT NULL PRIMARY KEY, name TEXT NOT NULL, seen_at BIGINT NOT NULL)",
    ]
}
