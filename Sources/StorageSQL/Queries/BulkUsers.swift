public import Domain
public import Storage

// On SQLite a statement that is prepared once and run for each row; on PostgreSQL, where each statement is a way there and
// back, one for all rows.
extension SQLTransaction {
    public func knownUsers(_ keys: [UserKeys], realm: RealmName) throws(StoreFault) -> [KnownUser] {
        guard !keys.isEmpty else { return [] }
        switch Connection.dialect {
        case .postgres:
            let ids = keys.compactMap(\.id)
            return try rows(
                """
                SELECT id, realm, username, username_key, email, email_key, import_digest FROM users WHERE id = ANY ($1)
                UNION
                SELECT id, realm, username, username_key, email, email_key, import_digest FROM users
                WHERE realm = $2 AND username_key = ANY ($3)
                UNION
                SELECT id, realm, username, username_key, email, email_key, import_digest FROM users
                WHERE realm = $2 AND email_key = ANY ($4)
                """,
                [
                    .list(ids.isEmpty ? [.blob([])] : ids.map { .id($0) }), .realm(realm),
                    .list(keys.flatMap(\.usernames).map { .text($0) } + [.text("")]),
                    .list(keys.map { .text($0.email) }),
                ], readKnownUser)
        case .sqlite:
            var found: Set<KnownUser> = []
            for key in keys {
                let first = key.usernames.first ?? ""
                let users = try rows(
                    """
                    SELECT id, realm, username, username_key, email, email_key, import_digest FROM users
                    WHERE id = $1 OR (realm = $2 AND username_key = $3) OR (realm = $2 AND username_key = $4)
                        OR (realm = $2 AND email_key = $5)
                    """,
                    [
                        key.id.map { .id($0) } ?? .blob([]), .realm(realm), .text(first),
                        .text(key.usernames.last ?? first), .text(key.email),
                    ], readKnownUser)
                found.formUnion(users)
            }
            return Array(found)
        }
    }

    public func portraits(realm: RealmName, after number: Int64, limit: Int) throws(StoreFault) -> [UserPortrait] {
        let users = try rows(
            """
            SELECT u.id, u.number, u.realm, u.username, u.username_key, u.email, u.email_key, u.is_active,
                u.app_metadata, u.user_metadata, u.created_at, u.updated_at, u.email_verified_at, u.banned_until,
                u.deactivated_at, u.last_sign_in_at, u.language, u.version, p.hash, p.format
            FROM users u LEFT JOIN passwords p ON p.user_id = u.id
            WHERE u.realm = $1 AND u.number > $2 ORDER BY u.number LIMIT $3
            """, [.realm(realm), .integer(number), .limit(limit)]
        ) { row throws(StoreFault) -> (User, StoredPassword?) in
            let password =
                row.isNull(18) ? nil : StoredPassword(hash: Secret(try row.blob(18)), format: try row.text(19))
            return (try readUser(row), password)
        }
        guard let last = users.last?.0.number else { return [] }
        var roles: [ID<User>: [String]] = [:]
        var permissions: [ID<User>: [Permission.Pair]] = [:]
        let range: [SQLValue] = [.realm(realm), .integer(number), .integer(last)]
        for (user, role) in try rows(
            """
            SELECT u.id, r.name FROM users u
            JOIN user_roles ur ON ur.user_id = u.id
            JOIN roles r ON r.id = ur.role_id
            WHERE u.realm = $1 AND u.number > $2 AND u.number <= $3 ORDER BY r.name
            """, range,
            { row throws(StoreFault) in (try row.id(0, as: User.self), try row.text(1)) })
        {
            roles[user, default: []].append(role)
        }
        for (user, resource, action) in try rows(
            """
            SELECT u.id, p.resource, p.action FROM users u
            JOIN user_permissions up ON up.user_id = u.id
            JOIN permissions p ON p.id = up.permission_id
            WHERE u.realm = $1 AND u.number > $2 AND u.number <= $3 ORDER BY p.resource, p.action
            """, range,
            { row throws(StoreFault) in (try row.id(0, as: User.self), try row.text(1), try row.text(2)) })
        {
            guard let pair = Permission.Pair(resource: resource, action: action) else {
                throw .damaged("a permission's pair is not one")
            }
            permissions[user, default: []].append(pair)
        }
        return users.map { user, password in
            UserPortrait(
                user: user, password: password, roles: roles[user.id] ?? [], permissions: permissions[user.id] ?? [])
        }
    }

    public func outlines(realm: RealmName, after number: Int64, limit: Int) throws(StoreFault) -> [UserOutline] {
        try rows(
            """
            SELECT u.id, u.number, u.username, u.username_key, u.email, u.email_key, u.is_active,
                p.user_id IS NOT NULL, u.last_sign_in_at IS NOT NULL, s.subject_id IS NOT NULL
            FROM users u
            LEFT JOIN passwords p ON p.user_id = u.id
            LEFT JOIN subject_keys s ON s.realm = u.realm AND s.subject_id = u.id
            WHERE u.realm = $1 AND u.number > $2 ORDER BY u.number LIMIT $3
            """, [.realm(realm), .integer(number), .limit(limit)]
        ) { row throws(StoreFault) in
            UserOutline(
                id: try row.id(0), number: try row.integer(1),
                username: Username(text: try row.text(2), key: try row.text(3)),
                email: EmailAddress(text: try row.text(4), key: try row.text(5)), isActive: try row.flag(6),
                hasPassword: try row.flag(7), hasSignedIn: try row.flag(8), hasSubjectKey: try row.flag(9))
        }
    }

    public func insert(_ users: [BulkUser], realm: RealmName) throws(StoreFault) -> Set<ID<User>> {
        guard !users.isEmpty else { return [] }
        let inserted: Set<ID<User>>
        switch Connection.dialect {
        case .sqlite: inserted = try insertOneByOne(users, realm)
        case .postgres: inserted = try insertTogether(users, realm)
        }
        return inserted
    }

    public func update(_ user: BulkUser, realm: RealmName) throws(StoreFault) -> Bool {
        let count = try change(
            """
            UPDATE users SET username = $3, username_key = $4, email = $5, email_key = $6, is_active = $7,
                app_metadata = $8, user_metadata = $9, updated_at = $10, email_verified_at = $11, banned_until = $12,
                deactivated_at = $13, last_sign_in_at = coalesce($14, last_sign_in_at),
                created_at = coalesce($15, created_at), language = $16, import_digest = $17,
                version = version + 1
            WHERE id = $1 AND realm = $2
            """,
            [
                .id(user.id), .realm(realm), .text(user.username.text), .text(user.username.key),
                .text(user.email.text), .text(user.email.key), .flag(user.isActive), .text(user.appMetadata),
                .text(user.userMetadata), .time(now), .time(user.emailVerifiedAt), .time(user.bannedUntil),
                .time(user.deactivatedAt), .time(user.lastSignInAt), .time(user.createdAt),
                .text(user.language?.rawValue ?? ""), .blob(user.importDigest),
            ])
        guard count > 0 else { return false }
        if let password = user.password {
            _ = try change(
                """
                INSERT INTO passwords (user_id, realm, hash, format, changed_at) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (user_id) DO NOTHING
                """,
                [.id(user.id), .realm(realm), .blob(password.hash.exposed), .text(password.format), .time(now)])
        }
        for role in user.roles { _ = try grant(role: role, to: user.id) }
        for permission in user.permissions { _ = try grant(permission: permission, to: user.id) }
        return true
    }

    private func insertOneByOne(_ users: [BulkUser], _ realm: RealmName) throws(StoreFault) -> Set<ID<User>> {
        var inserted: Set<ID<User>> = []
        for user in users {
            let count = try change(
                """
                INSERT INTO users (id, realm, username, username_key, email, email_key, is_active, app_metadata,
                    user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                    last_sign_in_at, language, import_digest)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                ON CONFLICT DO NOTHING
                """,
                [
                    .id(user.id), .realm(realm), .text(user.username.text), .text(user.username.key),
                    .text(user.email.text), .text(user.email.key), .flag(user.isActive), .text(user.appMetadata),
                    .text(user.userMetadata), .time(user.createdAt ?? now), .time(now), .time(user.emailVerifiedAt),
                    .time(user.bannedUntil), .time(user.deactivatedAt), .time(user.lastSignInAt),
                    .text(user.language?.rawValue ?? ""), .blob(user.importDigest),
                ])
            guard count > 0 else { continue }
            inserted.insert(user.id)
            if let password = user.password {
                _ = try change(
                    "INSERT INTO passwords (user_id, realm, hash, format, changed_at) VALUES ($1, $2, $3, $4, $5)",
                    [
                        .id(user.id), .realm(realm), .blob(password.hash.exposed), .text(password.format), .time(now),
                    ])
            }
            _ = try claimSubjectKey(user.subjectKey, subject: user.id, realm: realm)
            for role in user.roles { _ = try grant(role: role, to: user.id) }
            for permission in user.permissions { _ = try grant(permission: permission, to: user.id) }
        }
        return inserted
    }
}

private func readKnownUser(_ row: some SQLRow) throws(StoreFault) -> KnownUser {
    KnownUser(
        id: try row.id(0), realm: try row.realm(1), username: Username(text: try row.text(2), key: try row.text(3)),
        email: EmailAddress(text: try row.text(4), key: try row.text(5)),
        importDigest: row.isNull(6) ? nil : try row.blob(6))
}
