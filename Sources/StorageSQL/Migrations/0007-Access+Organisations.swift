/// The part of migration 7 for organisations. A group belongs to one of them at most; an invitation lives as long as
/// its
/// letter, which holds the address, sealed.
extension Migration {
    static let organisationsOnSQLite: [StaticString] = [
        """
        CREATE TABLE organisations (
            id BLOB NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL,
            version INTEGER NOT NULL, created_at INTEGER NOT NULL,
            UNIQUE (realm, name)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE organisation_members (
            organisation_id BLOB NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
            user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            is_admin INTEGER NOT NULL, joined_at INTEGER NOT NULL,
            PRIMARY KEY (organisation_id, user_id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX organisation_members_by_user ON organisation_members (user_id)",
        """
        CREATE TABLE organisation_groups (
            group_id BLOB NOT NULL PRIMARY KEY REFERENCES groups (id) ON DELETE CASCADE,
            organisation_id BLOB NOT NULL REFERENCES organisations (id) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX organisation_groups_by_organisation ON organisation_groups (organisation_id)",
        """
        CREATE TABLE organisation_invitations (
            id BLOB NOT NULL PRIMARY KEY, realm TEXT NOT NULL,
            organisation_id BLOB NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
            letter BLOB NOT NULL UNIQUE REFERENCES account_tokens (id) ON DELETE CASCADE,
            is_admin INTEGER NOT NULL, inviter_kind INTEGER NOT NULL, inviter BLOB NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX organisation_invitations_by_organisation ON organisation_invitations (organisation_id, id)",
    ]

    static let organisationsOnPostgres: [StaticString] = [
        """
        CREATE TABLE organisations (
            id BYTEA NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT COLLATE "C" NOT NULL, title TEXT NOT NULL,
            version BIGINT NOT NULL, created_at BIGINT NOT NULL,
            UNIQUE (realm, name)
        )
        """,
        """
        CREATE TABLE organisation_members (
            organisation_id BYTEA NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
            user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            is_admin BIGINT NOT NULL, joined_at BIGINT NOT NULL,
            PRIMARY KEY (organisation_id, user_id)
        )
        """,
        "CREATE INDEX organisation_members_by_user ON organisation_members (user_id)",
        """
        CREATE TABLE organisation_groups (
            group_id BYTEA NOT NULL PRIMARY KEY REFERENCES groups (id) ON DELETE CASCADE,
            organisation_id BYTEA NOT NULL REFERENCES organisations (id) ON DELETE CASCADE
        )
        """,
        "CREATE INDEX organisation_groups_by_organisation ON organisation_groups (organisation_id)",
        """
        CREATE TABLE organisation_invitations (
            id BYTEA NOT NULL PRIMARY KEY, realm TEXT NOT NULL,
            organisation_id BYTEA NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
            letter BYTEA NOT NULL UNIQUE REFERENCES account_tokens (id) ON DELETE CASCADE,
            is_admin BIGINT NOT NULL, inviter_kind BIGINT NOT NULL, inviter BYTEA NOT NULL
        )
        """,
        "CREATE INDEX organisation_invitations_by_organisation ON organisation_invitations (organisation_id, id)",
    ]
}
