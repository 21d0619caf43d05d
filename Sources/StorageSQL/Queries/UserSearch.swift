public import Domain
public import Storage

extension SQLTransaction {
    public func users(
        realm: RealmName, filter: UserFilter, _ order: UserOrder, after place: UserPlace?, window: Int, limit: Int
    ) throws(StoreFault) -> [User] {
        try rows(
            UserSearches.texts(order).users,
            Self.start(realm, order, place) + [.limit(window), .limit(limit)] + conditions(filter), readUser)
    }

    public func end(
        ofUserWindow window: Int, realm: RealmName, _ order: UserOrder, after place: UserPlace?
    ) throws(StoreFault) -> UserPlace? {
        let isText = order.sort == .username || order.sort == .email
        return try row(
            UserSearches.texts(order).end, Self.start(realm, order, place) + [.limit(window - 1)]
        ) { row throws(StoreFault) in
            UserPlace(
                isText ? .text(try row.text(0)) : .integer(try row.integer(0)), number: try row.integer(1))
        }
    }

    /// The parameters have the places that they have in the searches; those in between are not used.
    public func userCount(
        realm: RealmName, filter: UserFilter, most: Int
    ) throws(StoreFault) -> UserCount {
        try row(
            """
            SELECT count(*), coalesce(sum(CASE WHEN
                    ($6 < 0 OR is_active = $6)
                    AND ($7 < 0 OR CASE WHEN banned_until > $8 THEN 1 ELSE 0 END = $7)
                    AND ($9 < 0 OR CASE WHEN deactivated_at IS NULL THEN 0 ELSE 1 END = $9)
                    AND ($10 < 0 OR CASE WHEN email_verified_at IS NULL THEN 0 ELSE 1 END = $10)
                    AND created_at >= $11 AND created_at < $12
                    AND coalesce(last_sign_in_at, -1) >= $13 AND coalesce(last_sign_in_at, -1) < $14
                    AND ($15 = 0 OR EXISTS (
                        SELECT 1 FROM user_roles ur WHERE ur.user_id = looked_at.id AND ur.role_id = $16)
                    OR EXISTS (
                        SELECT 1 FROM access_links l WHERE l.holder = looked_at.id AND l.held = $16
                            AND (l.expires_at IS NULL OR l.expires_at > $8)))
                    AND ($17 = '' OR username_key LIKE $17 ESCAPE '!' OR email_key LIKE $17 ESCAPE '!'
                        OR CAST(number AS TEXT) LIKE $18 ESCAPE '!')
                    AND ($19 = '' OR username_key LIKE $19 ESCAPE '!')
                    AND ($20 = '' OR email_key LIKE $20 ESCAPE '!')
                THEN 1 ELSE 0 END), 0)
            FROM (SELECT * FROM users WHERE realm = $1 ORDER BY number LIMIT $4) AS looked_at
            """,
            [.realm(realm), .integer(0), .integer(0), .limit(most), .integer(0)] + conditions(filter)
        ) { row throws(StoreFault) in
            UserCount(matching: try row.integer(1), examined: try row.integer(0))
        } ?? UserCount(matching: 0, examined: 0)
    }

    public func update(_ user: User, ifVersion version: Int64) throws(StoreFault) -> UpdateUserOutcome {
        let count = try change(
            """
            UPDATE users SET username = $3, username_key = $4, email = $5, email_key = $6, email_verified_at = $7,
                language = $8, app_metadata = $9, user_metadata = $10, updated_at = $11, version = version + 1
            WHERE id = $1 AND realm = $2 AND version = $12 AND NOT EXISTS (
                SELECT 1 FROM users other
                WHERE other.realm = $2 AND other.id <> $1 AND (other.username_key = $4 OR other.email_key = $6))
            """,
            [
                .id(user.id), .realm(user.realm), .text(user.username.text), .text(user.username.key),
                .text(user.email.text), .text(user.email.key), .time(user.emailVerifiedAt),
                .text(user.language?.rawValue ?? ""), .text(user.appMetadata), .text(user.userMetadata), .time(now),
                .integer(version),
            ])
        if count > 0 { return .updated }
        guard try self.user(user.id, realm: user.realm)?.version == version else { return .overtaken }
        let username = try self.user(usernameKey: user.username.key, realm: user.realm)
        let email = try self.user(emailKey: user.email.key, realm: user.realm)
        let isTaken = (username.map { $0.id != user.id } ?? false, email.map { $0.id != user.id } ?? false)
        return isTaken == (false, false) ? .overtaken : .taken(username: isTaken.0, email: isTaken.1)
    }

    /// Realm and place: the parameters 1 to 3.
    private static func start(_ realm: RealmName, _ order: UserOrder, _ place: UserPlace?) -> [SQLValue] {
        guard let place else {
            let isText = order.sort == .username || order.sort == .email
            let number: Int64 = order.isDescending ? .max : .min
            // No key begins with this scalar, which is no character.
            return [
                .realm(realm), isText ? .text(order.isDescending ? "\u{10FFFF}" : "") : .integer(number),
                .integer(number),
            ]
        }
        let key: SQLValue =
            switch place.key {
            case .integer(let value): .integer(value)
            case .text(let value): .text(value)
            }
        return [.realm(realm), key, .integer(place.number)]
    }

    /// The parameters 6 to 20: `LIKE` has an escape of its own, since the two databases do not agree on the backslash in
    /// a literal.
    private func conditions(_ filter: UserFilter) -> [SQLValue] {
        func word(_ flag: Bool?) -> SQLValue { .integer(flag.map { $0 ? 1 : 0 } ?? -1) }
        func pattern(_ text: String?, isAnywhere: Bool) -> SQLValue {
            .text(text.map { (isAnywhere ? "%" : "") + escaped($0) + "%" } ?? "")
        }
        let signedIn = filter.signedIn
        return [
            word(filter.isActive), word(filter.isBanned), .time(now), word(filter.isDeactivated),
            word(filter.isVerified), .integer(filter.created.from?.milliseconds ?? .min),
            .integer(filter.created.before?.milliseconds ?? .max),
            .integer(signedIn.from?.milliseconds ?? (signedIn.before == nil ? -1 : 0)),
            .integer(signedIn.before?.milliseconds ?? .max), .flag(filter.role != nil),
            .blob(filter.role?.bytes ?? []), pattern(filter.text, isAnywhere: true),
            pattern(filter.text, isAnywhere: false), pattern(filter.usernamePrefix, isAnywhere: false),
            pattern(filter.emailPrefix, isAnywhere: false),
        ]
    }
}

/// For a pattern of `LIKE` with the escape `!`.
private func escaped(_ text: String) -> String {
    var pattern = ""
    for scalar in text.unicodeScalars {
        if scalar == "!" || scalar == "%" || scalar == "_" { pattern += "!" }
        pattern.unicodeScalars.append(scalar)
    }
    return pattern
}
