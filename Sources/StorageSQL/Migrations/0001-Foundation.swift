extension Migration {
    /// Realms' people, what they may do, where they are signed in, and the record of it all.
    ///
    /// Ids are sixteen bytes, times are milliseconds, flags are 0 or 1. SQLite's tables are STRICT, so that a
    /// wrong type is refused there too. Text that is sorted by has `COLLATE "C"` on PostgreSQL: the order of
    /// bytes, as on SQLite.
    static let foundation = Migration(
        number: 1, name: "foundation", oldestProgram: 1, sqlite: foundationOnSQLite, postgres: foundationOnPostgres)

    private static let foundationOnSQLite: [StaticString] = [
        "CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
        // AUTOINCREMENT: a number is never given twice, also after its user was deleted.
        """
        CREATE TABLE users (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id BLOB NOT NULL UNIQUE,
            realm TEXT NOT NULL,
            username TEXT NOT NULL,
            username_key TEXT NOT NULL,
            email TEXT NOT NULL,
            email_key TEXT NOT NULL,
            is_active INTEGER NOT NULL,
            app_metadata TEXT NOT NULL,
            user_metadata TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            UNIQUE (realm, username_key),
            UNIQUE (realm, email_key)
        ) STRICT
        """,
        """
        CREATE TABLE passwords (
            user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            realm TEXT NOT NULL,
            hash BLOB NOT NULL,
            format TEXT NOT NULL,
            changed_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX passwords_by_format ON passwords (realm, format)",
        // Without a reference: events also speak of nobody, and outlive their subject.
        """
        CREATE TABLE subject_keys (
            realm TEXT NOT NULL, subject_id BLOB NOT NULL, wrapped BLOB NOT NULL, created_at INTEGER NOT NULL,
            PRIMARY KEY (realm, subject_id)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE roles (
            id BLOB NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            UNIQUE (realm, name)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE permissions (
            id BLOB NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
            resource TEXT NOT NULL, action TEXT NOT NULL, created_at INTEGER NOT NULL,
            UNIQUE (realm, name),
            UNIQUE (realm, resource, action)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE user_roles (
            user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            role_id BLOB NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
            PRIMARY KEY (user_id, role_id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX user_roles_by_role ON user_roles (role_id)",
        """
        CREATE TABLE user_permissions (
            user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            permission_id BLOB NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
            PRIMARY KEY (user_id, permission_id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX user_permissions_by_permission ON user_permissions (permission_id)",
        """
        CREATE TABLE role_permissions (
            role_id BLOB NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
            permission_id BLOB NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
            PRIMARY KEY (role_id, permission_id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX role_permissions_by_permission ON role_permissions (permission_id)",
        """
        CREATE TABLE sessions (
            id BLOB NOT NULL PRIMARY KEY,
            realm TEXT NOT NULL,
            user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            client TEXT NOT NULL,
            issued INTEGER NOT NULL,
            confirmed_at INTEGER,
            created_at INTEGER NOT NULL,
            last_activity_at INTEGER NOT NULL,
            idle_limit INTEGER NOT NULL,
            absolute_end INTEGER NOT NULL,
            ended_at INTEGER,
            end_reason TEXT,
            amr TEXT NOT NULL,
            auth_time INTEGER NOT NULL,
            level INTEGER NOT NULL,
            address TEXT NOT NULL,
            user_agent TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX sessions_open_by_user ON sessions (user_id) WHERE ended_at IS NULL",
        """
        CREATE TABLE signing_keys (
            realm TEXT NOT NULL, kid TEXT NOT NULL, algorithm TEXT NOT NULL, public_jwk TEXT NOT NULL,
            wrapped BLOB NOT NULL, created_at INTEGER NOT NULL, retired_at INTEGER,
            PRIMARY KEY (realm, kid)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE events (
            place INTEGER PRIMARY KEY AUTOINCREMENT,
            xid INTEGER NOT NULL DEFAULT 0,
            id BLOB NOT NULL UNIQUE,
            happened_at INTEGER NOT NULL,
            realm TEXT NOT NULL,
            node TEXT NOT NULL,
            did TEXT NOT NULL,
            status INTEGER NOT NULL,
            confirmed_by TEXT NOT NULL,
            if_ok TEXT NOT NULL,
            if_doubt TEXT NOT NULL,
            if_not TEXT NOT NULL,
            actor_id BLOB,
            details TEXT NOT NULL,
            personal BLOB NOT NULL,
            mac BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX events_in_order ON events (xid, place)",
        "CREATE INDEX events_by_realm ON events (realm, xid, place)",
        "CREATE VIEW settled_events AS SELECT * FROM events",
        "CREATE TABLE feed (seq INTEGER NOT NULL) STRICT",
        "INSERT INTO feed (seq) VALUES (0)",
        """
        CREATE TABLE feed_entries (
            seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject_id BLOB, realm TEXT NOT NULL
        ) STRICT
        """,
    ]

    private static let foundationOnPostgres: [StaticString] = [
        "CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value BYTEA NOT NULL)",
        """
        CREATE TABLE users (
            number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id BYTEA NOT NULL UNIQUE,
            realm TEXT NOT NULL,
            username TEXT NOT NULL,
            username_key TEXT NOT NULL,
            email TEXT NOT NULL,
            email_key TEXT NOT NULL,
            is_active BIGINT NOT NULL,
            app_metadata TEXT NOT NULL,
            user_metadata TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            UNIQUE (realm, username_key),
            UNIQUE (realm, email_key)
        )
        """,
        """
        CREATE TABLE passwords (
            user_id BYTEA NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            realm TEXT NOT NULL,
            hash BYTEA NOT NULL,
            format TEXT COLLATE "C" NOT NULL,
            changed_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX passwords_by_format ON passwords (realm, format)",
        """
        CREATE TABLE subject_keys (
            realm TEXT NOT NULL, subject_id BYTEA NOT NULL, wrapped BYTEA NOT NULL, created_at BIGINT NOT NULL,
            PRIMARY KEY (realm, subject_id)
        )
        """,
        """
        CREATE TABLE roles (
            id BYTEA NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT COLLATE "C" NOT NULL,
            description TEXT NOT NULL, created_at BIGINT NOT NULL,
            UNIQUE (realm, name)
        )
        """,
        """
        CREATE TABLE permissions (
            id BYTEA NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT COLLATE "C" NOT NULL,
            description TEXT NOT NULL, resource TEXT COLLATE "C" NOT NULL, action TEXT COLLATE "C" NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (realm, name),
            UNIQUE (realm, resource, action)
        )
        """,
        """
        CREATE TABLE user_roles (
            user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            role_id BYTEA NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
            PRIMARY KEY (user_id, role_id)
        )
        """,
        "CREATE INDEX user_roles_by_role ON user_roles (role_id)",
        """
        CREATE TABLE user_permissions (
            user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            permission_id BYTEA NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
            PRIMARY KEY (user_id, permission_id)
        )
        """,
        "CREATE INDEX user_permissions_by_permission ON user_permissions (permission_id)",
        """
        CREATE TABLE role_permissions (
            role_id BYTEA NOT NULL REFERENCES roles (id) ON DELETE CASCADE,
            permission_id BYTEA NOT NULL REFERENCES permissions (id) ON DELETE CASCADE,
            PRIMARY KEY (role_id, permission_id)
        )
        """,
        "CREATE INDEX role_permissions_by_permission ON role_permissions (permission_id)",
        """
        CREATE TABLE sessions (
            id BYTEA NOT NULL PRIMARY KEY,
            realm TEXT NOT NULL,
            user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            client TEXT NOT NULL,
            issued BIGINT NOT NULL,
            confirmed_at BIGINT,
            created_at BIGINT NOT NULL,
            last_activity_at BIGINT NOT NULL,
            idle_limit BIGINT NOT NULL,
            absolute_end BIGINT NOT NULL,
            ended_at BIGINT,
            end_reason TEXT,
            amr TEXT NOT NULL,
            auth_time BIGINT NOT NULL,
            level BIGINT NOT NULL,
            address TEXT NOT NULL,
            user_agent TEXT NOT NULL
        )
        """,
        "CREATE INDEX sessions_open_by_user ON sessions (user_id) WHERE ended_at IS NULL",
        """
        CREATE TABLE signing_keys (
            realm TEXT NOT NULL, kid TEXT COLLATE "C" NOT NULL, algorithm TEXT NOT NULL, public_jwk TEXT NOT NULL,
            wrapped BYTEA NOT NULL, created_at BIGINT NOT NULL, retired_at BIGINT,
            PRIMARY KEY (realm, kid)
        )
        """,
        """
        CREATE TABLE events (
            place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            xid BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
            id BYTEA NOT NULL UNIQUE,
            happened_at BIGINT NOT NULL,
            realm TEXT NOT NULL,
            node TEXT NOT NULL,
            did TEXT NOT NULL,
            status BIGINT NOT NULL,
            confirmed_by TEXT NOT NULL,
            if_ok TEXT NOT NULL,
            if_doubt TEXT NOT NULL,
            if_not TEXT NOT NULL,
            actor_id BYTEA,
            details TEXT NOT NULL,
            personal BYTEA NOT NULL,
            mac BYTEA NOT NULL
        )
        """,
        "CREATE INDEX events_in_order ON events (xid, place)",
        "CREATE INDEX events_by_realm ON events (realm, xid, place)",
        // Identity values are taken before the commit, so a transaction still running may hold an earlier place.
        """
        CREATE VIEW settled_events AS
        SELECT * FROM events WHERE xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        """,
        "CREATE TABLE feed (seq BIGINT NOT NULL)",
        "INSERT INTO feed (seq) VALUES (0)",
        """
        CREATE TABLE feed_entries (
            seq BIGINT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, subject_id BYTEA, realm TEXT NOT NULL
        )
        """,
        // Wakes the other nodes at commit. Only the feed does: a NOTIFY in every commit would queue them all.
        """
        CREATE FUNCTION tell_feed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('aldrava_feed', '');
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER feed_entries_tell AFTER INSERT ON feed_entries
        FOR EACH STATEMENT EXECUTE FUNCTION tell_feed()
        """,
    ]
}
