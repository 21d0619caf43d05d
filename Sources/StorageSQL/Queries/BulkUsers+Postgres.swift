internal import Domain
internal import Storage

extension SQLTransaction {
    /// Stands for no time in an array, which cannot hold a null.
    private static var noTime: Int64 { .min }

    func insertTogether(_ users: [BulkUser], _ realm: RealmName) throws(StoreFault) -> Set<ID<User>> {
        func times(_ time: (BulkUser) -> Timestamp?) -> SQLValue {
            .list(users.map { .integer(time($0)?.milliseconds ?? Self.noTime) })
        }
        func texts(_ text: (BulkUser) -> String) -> SQLValue { .list(users.map { .text(text($0)) }) }
        let inserted = Set(
            try rows(
                """
                INSERT INTO users (id, realm, username, username_key, email, email_key, is_active, app_metadata,
                    user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                    last_sign_in_at, language, import_digest)
                SELECT b.id, $1, b.username, b.username_key, b.email, b.email_key, b.is_active, b.app_metadata,
                    b.user_metadata, coalesce(nullif(b.created_at, $2), $3), $3, nullif(b.email_verified_at, $2),
                    nullif(b.banned_until, $2), nullif(b.deactivated_at, $2), nullif(b.last_sign_in_at, $2),
                    b.language, b.import_digest
                FROM unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) WITH ORDINALITY AS b (
                    id, username, username_key, email, email_key, is_active, app_metadata, user_metadata, created_at,
                    email_verified_at, banned_until, deactivated_at, last_sign_in_at, language, import_digest, place)
                ORDER BY b.place
                ON CONFLICT DO NOTHING RETURNING id
                """,
                [
                    .realm(realm), .integer(Self.noTime), .time(now), .list(users.map { .id($0.id) }),
                    texts { $0.username.text }, texts { $0.username.key }, texts { $0.email.text },
                    texts { $0.email.key }, .list(users.map { .flag($0.isActive) }), texts { $0.appMetadata },
                    texts { $0.userMetadata }, times { $0.createdAt }, times { $0.emailVerifiedAt },
                    times { $0.bannedUntil }, times { $0.deactivatedAt }, times { $0.lastSignInAt },
                    texts { $0.language?.rawValue ?? "" }, .list(users.map { .blob($0.importDigest) }),
                ]
            ) { row throws(StoreFault) in try row.id(0, as: User.self) })
        let new = users.filter { inserted.contains($0.id) }
        guard !new.isEmpty else { return [] }
        try insertPasswords(new, realm)
        try insertSubjectKeys(new, realm)
        try insertGrants(new, realm)
        return inserted
    }

    private func insertPasswords(_ users: [BulkUser], _ realm: RealmName) throws(StoreFault) {
        let passwords = users.compactMap { user in user.password.map { (user.id, $0) } }
        guard !passwords.isEmpty else { return }
        _ = try change(
            """
            INSERT INTO passwords (user_id, realm, hash, format, changed_at)
            SELECT b.id, $1, b.hash, b.format, $2 FROM unnest($3, $4, $5) AS b (id, hash, format)
            """,
            [
                .realm(realm), .time(now), .list(passwords.map { .id($0.0) }),
                .list(passwords.map { .blob($0.1.hash.exposed) }), .list(passwords.map { .text($0.1.format) }),
            ])
    }

    /// Whoever was here before under the same id keeps the key from then.
    private func insertSubjectKeys(_ users: [BulkUser], _ realm: RealmName) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO subject_keys (realm, subject_id, wrapped, wrapping, created_at)
            SELECT $1, b.id, b.wrapped, b.wrapping, $2 FROM unnest($3, $4, $5) AS b (id, wrapped, wrapping)
            WHERE EXISTS (SELECT 1 FROM data_keys k WHERE k.purpose = 'wrapping' AND k.epoch = b.wrapping)
            ON CONFLICT (realm, subject_id) DO NOTHING
            """,
            [
                .realm(realm), .time(now), .list(users.map { .id($0.id) }),
                .list(users.map { .blob($0.subjectKey.bytes) }), .list(users.map { .integer($0.subjectKey.epoch) }),
            ])
        let keyed = try row(
            "SELECT count(*) FROM subject_keys WHERE realm = $1 AND subject_id = ANY ($2)",
            [.realm(realm), .list(users.map { .id($0.id) })]
        ) { row throws(StoreFault) in try row.integer(0) }
        if keyed != Int64(users.count) { throw .wrappingKeyIsGone }
    }

    private func insertGrants(_ users: [BulkUser], _ realm: RealmName) throws(StoreFault) {
        let roles = users.flatMap { user in user.roles.map { (user.id, $0) } }
        if !roles.isEmpty {
            _ = try change(
                """
                INSERT INTO user_roles (user_id, role_id)
                SELECT b.user_id, r.id FROM unnest($2, $3) AS b (user_id, role_id)
                JOIN roles r ON r.id = b.role_id AND r.realm = $1
                ON CONFLICT (user_id, role_id) DO NOTHING
                """, [.realm(realm), .list(roles.map { .id($0.0) }), .list(roles.map { .id($0.1) })])
        }
        let permissions = users.flatMap { user in user.permissions.map { (user.id, $0) } }
        guard !permissions.isEmpty else { return }
        _ = try change(
            """
            INSERT INTO user_permissions (user_id, permission_id)
            SELECT b.user_id, p.id FROM unnest($2, $3) AS b (user_id, permission_id)
            JOIN permissions p ON p.id = b.permission_id AND p.realm = $1
            ON CONFLICT (user_id, permission_id) DO NOTHING
            """, [.realm(realm), .list(permissions.map { .id($0.0) }), .list(permissions.map { .id($0.1) })])
    }
}
