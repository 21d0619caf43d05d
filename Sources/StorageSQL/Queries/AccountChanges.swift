public import Domain
public import Storage

extension SQLTransaction {
    public func lock(_ user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool {
        try change("UPDATE users SET updated_at = updated_at WHERE id = $1 AND realm = $2", [.id(user), .realm(realm)])
            > 0
    }

    public func setEmailVerified(_ user: ID<User>, realm: RealmName) throws(StoreFault) {
        _ = try change(
            """
            UPDATE users SET email_verified_at = $3, updated_at = $3, version = version + 1
            WHERE id = $1 AND realm = $2 AND email_verified_at IS NULL
            """, [.id(user), .realm(realm), .time(now)])
    }

    public func setEmail(
        _ email: EmailAddress, of user: ID<User>, realm: RealmName
    ) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE users SET email = $3, email_key = $4, email_verified_at = $5, updated_at = $5, version = version + 1
            WHERE id = $1 AND realm = $2
                AND NOT EXISTS (SELECT 1 FROM users other WHERE other.realm = $2 AND other.email_key = $4 AND other.id <> $1)
            """, [.id(user), .realm(realm), .text(email.text), .text(email.key), .time(now)]) > 0
    }

    public func removePassword(of user: ID<User>) throws(StoreFault) {
        _ = try change("DELETE FROM passwords WHERE user_id = $1", [.id(user)])
    }

    public func setBanned(until: Timestamp?, user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE users SET banned_until = nullif($3, 0), updated_at = $4, version = version + 1
            WHERE id = $1 AND realm = $2 AND coalesce(banned_until, 0) <> $3
            """, [.id(user), .realm(realm), .integer(until?.milliseconds ?? 0), .time(now)]) > 0
    }

    public func setDeactivated(
        _ isDeactivated: Bool, user: ID<User>, realm: RealmName
    ) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE users SET deactivated_at = $3, updated_at = $4, version = version + 1
            WHERE id = $1 AND realm = $2 AND (deactivated_at IS NULL) = ($5 = 1)
            """,
            [.id(user), .realm(realm), .time(isDeactivated ? now : nil), .time(now), .flag(isDeactivated)]) > 0
    }

    public func plan(_ ending: PlannedEnding) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO account_endings (user_id, realm, due_at, is_by_owner) VALUES ($1, $2, $3, $4)
            ON CONFLICT (user_id) DO UPDATE SET due_at = excluded.due_at, is_by_owner = excluded.is_by_owner
            """, [.id(ending.user), .realm(ending.realm), .time(ending.dueAt), .flag(ending.isByOwner)])
    }

    public func cancelEnding(of user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool {
        try change("DELETE FROM account_endings WHERE user_id = $1 AND realm = $2", [.id(user), .realm(realm)]) > 0
    }

    public func plannedEnding(of user: ID<User>, realm: RealmName) throws(StoreFault) -> PlannedEnding? {
        try row(
            "SELECT user_id, realm, due_at, is_by_owner FROM account_endings WHERE user_id = $1 AND realm = $2",
            [.id(user), .realm(realm)], readEnding)
    }

    public func dueEndings(after last: PlannedEnding?, limit: Int) throws(StoreFault) -> [PlannedEnding] {
        try rows(
            """
            SELECT user_id, realm, due_at, is_by_owner FROM account_endings
            WHERE due_at <= $1 AND (due_at, user_id) > ($2, $3) ORDER BY due_at, user_id LIMIT $4
            """,
            [
                .time(now), .time(last?.dueAt ?? Timestamp(milliseconds: Int64.min)), .id(last?.user ?? .nobody),
                .limit(limit),
            ], readEnding)
    }
}

private func readEnding(_ row: some SQLRow) throws(StoreFault) -> PlannedEnding {
    PlannedEnding(
        user: try row.id(0), realm: try row.realm(1), dueAt: try row.time(2), isByOwner: try row.flag(3))
}
