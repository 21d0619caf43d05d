public import Domain
public import Storage

extension SQLTransaction {
    public func user(_ id: ID<User>, realm: RealmName) throws(StoreFault) -> User? {
        try row(
            """
            SELECT id, number, realm, username, username_key, email, email_key, is_active, app_metadata,
                user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                last_sign_in_at, language, version
            FROM users WHERE id = $1 AND realm = $2
            """, [.id(id), .realm(realm)], readUser)
    }

    public func user(usernameKey: String, realm: RealmName) throws(StoreFault) -> User? {
        try row(
            """
            SELECT id, number, realm, username, username_key, email, email_key, is_active, app_metadata,
                user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                last_sign_in_at, language, version
            FROM users WHERE realm = $1 AND username_key = $2
            """, [.realm(realm), .text(usernameKey)], readUser)
    }

    public func user(emailKey: String, realm: RealmName) throws(StoreFault) -> User? {
        try row(
            """
            SELECT id, number, realm, username, username_key, email, email_key, is_active, app_metadata,
                user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                last_sign_in_at, language, version
            FROM users WHERE realm = $1 AND email_key = $2
            """, [.realm(realm), .text(emailKey)], readUser)
    }

    /// Inserts first and asks only when it did not work: the answer is then about committed rows, since
    /// PostgreSQL waited for whoever was inserting the same name.
    public func insert(_ user: NewUser) throws(StoreFault) -> InsertUserOutcome {
        let number = try changed(
            """
            INSERT INTO users (id, realm, username, username_key, email, email_key, is_active, app_metadata,
                user_metadata, created_at, updated_at, email_verified_at, language)
            VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9, $9, $10, $11)
            ON CONFLICT DO NOTHING RETURNING number
            """,
            [
                .id(user.id), .realm(user.realm), .text(user.username.text), .text(user.username.key),
                .text(user.email.text), .text(user.email.key), .text(user.appMetadata), .text(user.userMetadata),
                .time(now), .time(user.isEmailVerified ? now : nil), .text(user.language?.rawValue ?? ""),
            ]
        ) { row throws(StoreFault) in try row.integer(0) }
        guard let number else {
            let username = try self.user(usernameKey: user.username.key, realm: user.realm) != nil
            let email = try self.user(emailKey: user.email.key, realm: user.realm) != nil
            guard username || email else { throw .constraint("the user's id is taken") }
            return .taken(username: username, email: email)
        }
        return .inserted(
            User(
                id: user.id, number: number, realm: user.realm, username: user.username, email: user.email,
                isActive: true, emailVerifiedAt: user.isEmailVerified ? now : nil, language: user.language,
                appMetadata: user.appMetadata, userMetadata: user.userMetadata, createdAt: now, updatedAt: now))
    }

    public func setActive(_ isActive: Bool, user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool {
        try change(
            "UPDATE users SET is_active = $3, updated_at = $4, version = version + 1 WHERE id = $1 AND realm = $2",
            [.id(user), .realm(realm), .flag(isActive), .time(now)]) > 0
    }

    public func noteSignIn(of user: ID<User>) throws(StoreFault) {
        _ = try change("UPDATE users SET last_sign_in_at = $2 WHERE id = $1", [.id(user), .time(now)])
    }
}

func readUser(_ row: some SQLRow) throws(StoreFault) -> User {
    User(
        id: try row.id(0), number: try row.integer(1), realm: try row.realm(2),
        username: Username(text: try row.text(3), key: try row.text(4)),
        email: EmailAddress(text: try row.text(5), key: try row.text(6)), isActive: try row.flag(7),
        emailVerifiedAt: try row.optionalTime(12), bannedUntil: try row.optionalTime(13),
        deactivatedAt: try row.optionalTime(14), lastSignInAt: try row.optionalTime(15),
        language: Language(rawValue: try row.text(16)), appMetadata: try row.text(8), userMetadata: try row.text(9),
        createdAt: try row.time(10),
        updatedAt: try row.time(11), version: try row.integer(17))
}
