/// The part of migration 6 for how often somebody tried.
///
/// `mac` stands for what is counted, or for what is remembered until `full_at`; nothing in a row names anybody.
extension Migration {
    static let throttlesOnSQLite: [StaticString] = [
        """
        CREATE TABLE throttles (
            mac BLOB NOT NULL PRIMARY KEY, step INTEGER NOT NULL, room INTEGER NOT NULL, full_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX throttles_by_end ON throttles (full_at)",
    ]

    static let throttlesOnPostgres: [StaticString] = [
        """
        CREATE TABLE throttles (
            mac BYTEA NOT NULL PRIMARY KEY, step BIGINT NOT NULL, room BIGINT NOT NULL, full_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX throttles_by_end ON throttles (full_at)",
    ]
}
