/// The part of migration 6 for mail that waits to be sent.
extension Migration {
    static let mailOnSQLite: [StaticString] = [
        """
        CREATE TABLE mail (
            id BLOB NOT NULL PRIMARY KEY, realm TEXT NOT NULL, subject_id BLOB NOT NULL, kind TEXT NOT NULL,
            state TEXT NOT NULL, sealed BLOB NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
            next_try_at INTEGER NOT NULL, tries INTEGER NOT NULL, leased_by BLOB, leased_until INTEGER,
            done_at INTEGER, last_error TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX mail_by_state ON mail (state, next_try_at)",
        "CREATE INDEX mail_by_subject ON mail (subject_id, realm)",
        "CREATE INDEX mail_by_end ON mail (done_at) WHERE done_at IS NOT NULL",
    ]

    static let mailOnPostgres: [StaticString] = [
        """
        CREATE TABLE mail (
            id BYTEA NOT NULL PRIMARY KEY, realm TEXT NOT NULL, subject_id BYTEA NOT NULL, kind TEXT NOT NULL,
            state TEXT COLLATE "C" NOT NULL, sealed BYTEA NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT,
            next_try_at BIGINT NOT NULL, tries BIGINT NOT NULL, leased_by BYTEA, leased_until BIGINT,
            done_at BIGINT, last_error TEXT NOT NULL
        )
        """,
        "CREATE INDEX mail_by_state ON mail (state, next_try_at)",
        "CREATE INDEX mail_by_subject ON mail (subject_id, realm)",
        "CREATE INDEX mail_by_end ON mail (done_at) WHERE done_at IS NOT NULL",
    ]
}
