public import Domain
public import Storage

extension SQLTransaction {
    /// Most of what is a user's goes with the row, by the tables' own rules.
    public func erase(user: ID<User>, realm: RealmName) throws(StoreFault) -> Bool {
        let values: [SQLValue] = [.id(user), .realm(realm)]
        let users = try change("DELETE FROM users WHERE id = $1 AND realm = $2", values)
        let keys = try change("DELETE FROM subject_keys WHERE subject_id = $1 AND realm = $2", values)
        guard users + keys > 0 else { return false }
        // What refers to no user, because it is also about people who are none yet.
        _ = try change("DELETE FROM account_tokens WHERE subject_id = $1 AND realm = $2", values)
        _ = try deleteMail(of: user, realm: realm)
        _ = try change("UPDATE consents SET source = $3 WHERE user_id = $1 AND realm = $2", values + [.blob([])])
        _ = try change(
            """
            INSERT INTO erasures (user_id, realm, erased_at) VALUES ($1, $2, $3)
            ON CONFLICT (realm, user_id) DO UPDATE SET erased_at = excluded.erased_at
            """, values + [.time(now)])
        return true
    }

    public func erasures(after sequence: Int64, limit: Int) throws(StoreFault) -> [Erasure] {
        try rows(
            "SELECT seq, realm, user_id, erased_at FROM erasures WHERE seq > $1 ORDER BY seq LIMIT $2",
            [.integer(sequence), .limit(limit)]
        ) { row throws(StoreFault) in
            Erasure(
                sequence: try row.integer(0), realm: try row.realm(1), user: try row.id(2), erasedAt: try row.time(3))
        }
    }

    public func event(_ id: ID<Event>) throws(StoreFault) -> PlacedEvent? {
        try row(
            """
            SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                actor_id, details, personal, mac
            FROM events WHERE id = $1
            """, [.id(id)], readEvent)
    }

    /// No index knows whom a sealed part is for, so the realm's log is walked through, a window at a time.
    public func events(
        concerning person: ID<User>, realm: RealmName, after position: EventPosition?, window: Int
    ) throws(StoreFault) -> (events: [PlacedEvent], end: EventPosition?) {
        let end = try windowEnd(realm: realm, after: position, window: window)
        let values: [SQLValue] = [
            .realm(realm), .id(person), .integer(position?.row ?? .min), .integer(end?.row ?? .max),
        ]
        switch Connection.dialect {
        case .sqlite:
            return (
                try rows(
                    """
                    SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt,
                        if_not, actor_id, details, personal, mac
                    FROM settled_events
                    WHERE realm = $1 AND xid = 0 AND place > $3 AND place <= $4
                        AND (actor_id = $2 OR instr(personal, $2) > 0)
                    ORDER BY place
                    """, values, readEvent), end
            )
        case .postgres:
            return (
                try rows(
                    """
                    SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt,
                        if_not, actor_id, details, personal, mac
                    FROM settled_events
                    WHERE realm = $1 AND (xid, place) > ($5, $3) AND (xid, place) <= ($6, $4)
                        AND (actor_id = $2 OR position($2 IN personal) > 0)
                    ORDER BY xid, place
                    """,
                    values + [.integer(position?.transaction ?? .min), .integer(end?.transaction ?? .max)],
                    readEvent), end
            )
        }
    }

    private func windowEnd(
        realm: RealmName, after position: EventPosition?, window: Int
    ) throws(StoreFault) -> EventPosition? {
        let values: [SQLValue] = [.realm(realm), .integer(position?.row ?? .min), .limit(window - 1)]
        func place(_ row: some SQLRow) throws(StoreFault) -> EventPosition {
            EventPosition(transaction: try row.integer(0), row: try row.integer(1))
        }
        switch Connection.dialect {
        case .sqlite:
            return try row(
                """
                SELECT xid, place FROM settled_events WHERE realm = $1 AND xid = 0 AND place > $2
                ORDER BY xid, place LIMIT 1 OFFSET $3
                """, values, place)
        case .postgres:
            return try row(
                """
                SELECT xid, place FROM settled_events WHERE realm = $1 AND (xid, place) > ($4, $2)
                ORDER BY xid, place LIMIT 1 OFFSET $3
                """, values + [.integer(position?.transaction ?? .min)], place)
        }
    }

    /// Whoever uses a session without signing in again uses the account; a session that is over was used before.
    public func inactiveUsers(
        realm: RealmName, since time: Timestamp, exempt role: String, after number: Int64, limit: Int
    ) throws(StoreFault) -> [InactiveUser] {
        try rows(
            """
            SELECT id, number, realm, username, username_key, email, email_key, is_active, app_metadata,
                user_metadata, created_at, updated_at, email_verified_at, banned_until, deactivated_at,
                last_sign_in_at, language, version, coalesce(last_sign_in_at, created_at),
                (SELECT min(w.days) FROM inactivity_warnings w
                    WHERE w.user_id = users.id AND w.since = coalesce(users.last_sign_in_at, users.created_at)),
                (SELECT max(w.warned_at) FROM inactivity_warnings w
                    WHERE w.user_id = users.id AND w.since = coalesce(users.last_sign_in_at, users.created_at))
            FROM users
            WHERE realm = $1 AND coalesce(last_sign_in_at, created_at) <= $2 AND number > $3 AND is_active = 1
                AND deactivated_at IS NULL
                AND NOT EXISTS (
                    SELECT 1 FROM sessions s
                    WHERE s.user_id = users.id AND s.impersonation IS NULL AND s.ended_at IS NULL
                        AND s.last_activity_at > $2)
                AND NOT EXISTS (
                    SELECT 1 FROM user_roles ur JOIN roles r ON r.id = ur.role_id
                    WHERE ur.user_id = users.id AND r.name = $4)
            ORDER BY number LIMIT $5
            """, [.realm(realm), .time(time), .integer(number), .text(role), .limit(limit)]
        ) { row throws(StoreFault) in
            InactiveUser(
                user: try readUser(row), lastUse: try row.time(18),
                warnedDays: row.isNull(19) ? nil : try row.integer(19), warnedAt: try row.optionalTime(20))
        }
    }

    /// For the lock as well: a sign-in changes the same row.
    public func isStillUnused(
        _ user: ID<User>, realm: RealmName, since lastUse: Timestamp
    ) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE users SET updated_at = updated_at
            WHERE id = $1 AND realm = $2 AND coalesce(last_sign_in_at, created_at) = $3
            """, [.id(user), .realm(realm), .time(lastUse)]) > 0
    }

    public func noteInactivityWarning(
        of user: ID<User>, since lastUse: Timestamp, days: Int64
    ) throws(StoreFault) -> Bool {
        _ = try change(
            "DELETE FROM inactivity_warnings WHERE user_id = $1 AND since <> $2", [.id(user), .time(lastUse)])
        return try change(
            """
            INSERT INTO inactivity_warnings (user_id, since, days, warned_at)
            SELECT id, $2, $3, $4 FROM users
            WHERE id = $1 AND coalesce(last_sign_in_at, created_at) = $2
            ON CONFLICT (user_id, since, days) DO NOTHING
            """, [.id(user), .time(lastUse), .integer(days), .time(now)]) > 0
    }
}
