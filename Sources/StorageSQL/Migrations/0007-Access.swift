extension Migration {
    /// Finer access, and what administrators need besides: ranks, groups, organisations, grants that end or reach one thing,
    /// acting for somebody, and the database's own guard between realms.
    ///
    /// The version before this one does not know what is held through a link, and so refuses more than it should. One that
    /// runs goes on, and none may start.
    static let access = Migration(
        number: 7, name: "access", oldestProgram: 7,
        sqlite: accessOnSQLite + organisationsOnSQLite + administrationOnSQLite + impersonationOnSQLite,
        postgres: accessOnPostgres + organisationsOnPostgres + administrationOnPostgres + impersonationOnPostgres
            + rowSecurityOnPostgres)

    // A link says that a holder (1 a user, 2 a key, 3 a group, 4 a role) holds something (1 a group's membership, 2 a role,
    // 3 a permission). What a user holds without end or limit, and what a role gives, stays where it always was. A link has
    // no reference of its own, since either side may be of several kinds: triggers take it away with either.

    private static let accessOnSQLite: [StaticString] = [
        "ALTER TABLE roles ADD COLUMN rank INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE roles ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE permissions ADD COLUMN version INTEGER NOT NULL DEFAULT 1",
        "UPDATE roles SET rank = 900 WHERE name = 'admin'",
        """
        CREATE TABLE groups (
            id BLOB NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
            version INTEGER NOT NULL, created_at INTEGER NOT NULL,
            UNIQUE (realm, name)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE access_links (
            holder BLOB NOT NULL, holder_kind INTEGER NOT NULL, held BLOB NOT NULL, kind INTEGER NOT NULL,
            instance TEXT NOT NULL, realm TEXT NOT NULL, expires_at INTEGER,
            PRIMARY KEY (holder, held, instance)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX access_links_by_held ON access_links (held)",
        "CREATE INDEX access_links_by_end ON access_links (expires_at) WHERE expires_at IS NOT NULL",
        "CREATE TABLE access_guards (realm TEXT NOT NULL PRIMARY KEY, turns INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        """
        CREATE TRIGGER users_forget_links AFTER DELETE ON users
        BEGIN DELETE FROM access_links WHERE holder = OLD.id; END
        """,
        """
        CREATE TRIGGER api_keys_forget_links AFTER DELETE ON api_keys
        BEGIN DELETE FROM access_links WHERE holder = OLD.id; END
        """,
        """
        CREATE TRIGGER groups_forget_links AFTER DELETE ON groups
        BEGIN DELETE FROM access_links WHERE holder = OLD.id; DELETE FROM access_links WHERE held = OLD.id; END
        """,
        """
        CREATE TRIGGER roles_forget_links AFTER DELETE ON roles
        BEGIN DELETE FROM access_links WHERE holder = OLD.id; DELETE FROM access_links WHERE held = OLD.id; END
        """,
        """
        CREATE TRIGGER permissions_forget_links AFTER DELETE ON permissions
        BEGIN DELETE FROM access_links WHERE held = OLD.id; END
        """,
        accessEntries,
    ]

    private static let accessOnPostgres: [StaticString] = [
        "ALTER TABLE roles ADD COLUMN rank BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE roles ADD COLUMN version BIGINT NOT NULL DEFAULT 1",
        "ALTER TABLE permissions ADD COLUMN version BIGINT NOT NULL DEFAULT 1",
        "UPDATE roles SET rank = 900 WHERE name = 'admin'",
        """
        CREATE TABLE groups (
            id BYTEA NOT NULL PRIMARY KEY, realm TEXT NOT NULL, name TEXT COLLATE "C" NOT NULL,
            description TEXT NOT NULL, version BIGINT NOT NULL, created_at BIGINT NOT NULL,
            UNIQUE (realm, name)
        )
        """,
        """
        CREATE TABLE access_links (
            holder BYTEA NOT NULL, holder_kind BIGINT NOT NULL, held BYTEA NOT NULL, kind BIGINT NOT NULL,
            instance TEXT COLLATE "C" NOT NULL, realm TEXT NOT NULL, expires_at BIGINT,
            PRIMARY KEY (holder, held, instance)
        )
        """,
        "CREATE INDEX access_links_by_held ON access_links (held)",
        "CREATE INDEX access_links_by_end ON access_links (expires_at) WHERE expires_at IS NOT NULL",
        "CREATE TABLE access_guards (realm TEXT NOT NULL PRIMARY KEY, turns BIGINT NOT NULL)",
        """
        CREATE FUNCTION forget_links() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            DELETE FROM access_links WHERE holder = OLD.id;
            DELETE FROM access_links WHERE held = OLD.id;
            RETURN NULL;
        END $$
        """,
        "CREATE TRIGGER users_forget_links AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION forget_links()",
        "CREATE TRIGGER api_keys_forget_links AFTER DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION forget_links()",
        "CREATE TRIGGER groups_forget_links AFTER DELETE ON groups FOR EACH ROW EXECUTE FUNCTION forget_links()",
        "CREATE TRIGGER roles_forget_links AFTER DELETE ON roles FOR EACH ROW EXECUTE FUNCTION forget_links()",
        """
        CREATE TRIGGER permissions_forget_links AFTER DELETE ON permissions
        FOR EACH ROW EXECUTE FUNCTION forget_links()
        """,
        accessEntries,
    ]

    /// Everything that somebody was given, wherever it is kept; for lists, and no way to find what somebody holds.
    private static let accessEntries: StaticString = """
        CREATE VIEW access_entries AS
        SELECT realm, holder_kind, holder, kind, held, instance, expires_at FROM access_links
        UNION ALL
        SELECT r.realm, 1, ur.user_id, 2, ur.role_id, '', NULL FROM user_roles ur JOIN roles r ON r.id = ur.role_id
        UNION ALL
        SELECT p.realm, 1, up.user_id, 3, up.permission_id, '', NULL
        FROM user_permissions up JOIN permissions p ON p.id = up.permission_id
        UNION ALL
        SELECT p.realm, 4, rp.role_id, 3, rp.permission_id, '', NULL
        FROM role_permissions rp JOIN permissions p ON p.id = rp.permission_id
        """
}
