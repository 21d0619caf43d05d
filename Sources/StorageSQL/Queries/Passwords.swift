public import Domain
public import Storage

extension SQLTransaction {
    public func password(of user: ID<User>) throws(StoreFault) -> StoredPassword? {
        try row(
            "SELECT hash, format, changed_at FROM passwords WHERE user_id = $1", [.id(user)]
        ) { row throws(StoreFault) in
            StoredPassword(hash: Secret(try row.blob(0)), format: try row.text(1), changedAt: try row.time(2))
        }
    }

    /// Reads the whole of a realm's part of an index; callers remember the answer for a while.
    public func passwordFormats(realm: RealmName) throws(StoreFault) -> [PasswordFormatCount] {
        try rows(
            "SELECT format, count(*) FROM passwords WHERE realm = $1 GROUP BY format ORDER BY format", [.realm(realm)]
        ) { row throws(StoreFault) in
            PasswordFormatCount(format: try row.text(0), count: try row.integer(1))
        }
    }

    public func setPassword(_ password: StoredPassword, of user: ID<User>) throws(StoreFault) {
        let count = try change(
            """
            INSERT INTO passwords (user_id, realm, hash, format, changed_at)
            SELECT id, realm, $2, $3, $4 FROM users WHERE id = $1
            ON CONFLICT (user_id) DO UPDATE
            SET hash = excluded.hash, format = excluded.format, changed_at = excluded.changed_at
            """, [.id(user), .blob(password.hash.exposed), .text(password.format), .time(now)])
        guard count > 0 else { throw .constraint("a password for a user who does not exist") }
    }

    public func replacePassword(
        _ old: StoredPassword, by new: StoredPassword, of user: ID<User>
    ) throws(StoreFault) -> Bool {
        try change(
            "UPDATE passwords SET hash = $3, format = $4 WHERE user_id = $1 AND hash = $2",
            [.id(user), .blob(old.hash.exposed), .blob(new.hash.exposed), .text(new.format)]) > 0
    }
}
