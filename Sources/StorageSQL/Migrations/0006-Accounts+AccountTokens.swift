/// The part of migration 6 for what mails carry so that their readers can prove that they read them.
///
/// `subject_id` has no reference: a sign-up that waits for its letter is about nobody yet. `slot` is empty but for those
/// that stay good beside newer ones.
extension Migration {
    static let tokensOnSQLite: [StaticString] = [
        """
        CREATE TABLE account_tokens (
            id BLOB NOT NULL PRIMARY KEY, digest BLOB NOT NULL UNIQUE, code BLOB NOT NULL, realm TEXT NOT NULL,
            purpose TEXT NOT NULL, slot BLOB NOT NULL, subject_id BLOB NOT NULL,
            user_id BLOB REFERENCES users (id) ON DELETE CASCADE, address BLOB NOT NULL, binding BLOB NOT NULL,
            data BLOB NOT NULL, tries INTEGER NOT NULL, created_at INTEGER NOT NULL, code_expires_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            UNIQUE (subject_id, purpose, slot)
        ) STRICT
        """,
        "CREATE INDEX account_tokens_by_user ON account_tokens (user_id) WHERE user_id IS NOT NULL",
        "CREATE INDEX account_tokens_by_address ON account_tokens (address, purpose)",
        "CREATE INDEX account_tokens_by_expiry ON account_tokens (expires_at)",
        """
        CREATE TABLE account_endings (
            user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, realm TEXT NOT NULL,
            due_at INTEGER NOT NULL, is_by_owner INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX account_endings_by_time ON account_endings (due_at)",
    ]

    static let tokensOnPostgres: [StaticString] = [
        """
        CREATE TABLE account_tokens (
            id BYTEA NOT NULL PRIMARY KEY, digest BYTEA NOT NULL UNIQUE, code BYTEA NOT NULL, realm TEXT NOT NULL,
            purpose TEXT COLLATE "C" NOT NULL, slot BYTEA NOT NULL, subject_id BYTEA NOT NULL,
            user_id BYTEA REFERENCES users (id) ON DELETE CASCADE, address BYTEA NOT NULL, binding BYTEA NOT NULL,
            data BYTEA NOT NULL, tries BIGINT NOT NULL, created_at BIGINT NOT NULL, code_expires_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            UNIQUE (subject_id, purpose, slot)
        )
        """,
        "CREATE INDEX account_tokens_by_user ON account_tokens (user_id) WHERE user_id IS NOT NULL",
        "CREATE INDEX account_tokens_by_address ON account_tokens (address, purpose)",
        "CREATE INDEX account_tokens_by_expiry ON account_tokens (expires_at)",
        """
        CREATE TABLE account_endings (
            user_id BYTEA NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE, realm TEXT NOT NULL,
            due_at BIGINT NOT NULL, is_by_owner BIGINT NOT NULL
        )
        """,
        "CREATE INDEX account_endings_by_time ON account_endings (due_at)",
    ]
}
