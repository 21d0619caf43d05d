/// The part of migration 6 for people's attributes.
///
/// What somebody has to himself is a MAC beside the sealed attributes, so that it can be unique without being readable.
/// A role that a rule gave is remembered beside the grant, and forgotten with it.
extension Migration {
    static let profilesOnSQLite: [StaticString] = [
        """
        CREATE TABLE profiles (
            user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            realm TEXT NOT NULL, version INTEGER NOT NULL, sealed BLOB NOT NULL, rules BLOB NOT NULL,
            state TEXT NOT NULL, updated_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX profiles_by_rules ON profiles (realm, rules, state)",
        "CREATE INDEX profiles_by_realm ON profiles (realm, user_id)",
        """
        CREATE TABLE profile_unique (
            realm TEXT NOT NULL, attribute TEXT NOT NULL, mac BLOB NOT NULL,
            user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            PRIMARY KEY (realm, attribute, mac)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX profile_unique_by_user ON profile_unique (user_id)",
        """
        CREATE TABLE rule_roles (
            user_id BLOB NOT NULL, role_id BLOB NOT NULL,
            PRIMARY KEY (user_id, role_id),
            FOREIGN KEY (user_id, role_id) REFERENCES user_roles (user_id, role_id) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID
        """,
    ]

    static let profilesOnPostgres: [StaticString] = [
        """
        CREATE TABLE profiles (
            user_id BYTEA NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
            realm TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL, sealed BYTEA NOT NULL, rules BYTEA NOT NULL,
            state TEXT COLLATE "C" NOT NULL, updated_at BIGINT NOT NULL
        )
        """,
        "CREATE INDEX profiles_by_rules ON profiles (realm, rules, state)",
        "CREATE INDEX profiles_by_realm ON profiles (realm, user_id)",
        """
        CREATE TABLE profile_unique (
            realm TEXT COLLATE "C" NOT NULL, attribute TEXT COLLATE "C" NOT NULL, mac BYTEA NOT NULL,
            user_id BYTEA NOT NULL REFERENCES users (id) ON DELETE CASCADE,
            PRIMARY KEY (realm, attribute, mac)
        )
        """,
        "CREATE INDEX profile_unique_by_user ON profile_unique (user_id)",
        """
        CREATE TABLE rule_roles (
            user_id BYTEA NOT NULL, role_id BYTEA NOT NULL,
            PRIMARY KEY (user_id, role_id),
            FOREIGN KEY (user_id, role_id) REFERENCES user_roles (user_id, role_id) ON DELETE CASCADE
        )
        """,
    ]
}
