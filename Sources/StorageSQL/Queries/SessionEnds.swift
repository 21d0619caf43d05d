public import Domain
public import Storage

// Over is what `Session.isOver` says; the idle end is compared as a difference, which cannot overflow.
//
// On PostgreSQL a child may be inserted while its parent is being ended. Its insertion holds the parent's row, so the
// statement that ends the parent waits for it but does not see it: children are ended by a later statement, which does.
extension SQLTransaction {
    public func end(_ session: ID<Session>, reason: SessionEnd) throws(StoreFault) -> [ID<Session>] {
        let ended = try ids(
            """
            UPDATE sessions SET ended_at = $2, end_reason = $3
            WHERE id = $1 AND ended_at IS NULL AND absolute_end > $2 AND $2 - last_activity_at < idle_limit
            RETURNING id
            """, [.id(session), .time(now), .text(reason.rawValue)])
        // Also where the parent had run out: nothing of it may live on.
        return ended
            + (try ids(
                """
                UPDATE sessions SET ended_at = $2, end_reason = $3
                WHERE parent = $1 AND ended_at IS NULL AND absolute_end > $2 AND $2 - last_activity_at < idle_limit
                RETURNING id
                """, [.id(session), .time(now), .text(SessionEnd.parentEnded.rawValue)]))
    }

    public func endSessions(
        of user: ID<User>, except kept: ID<Session>?, reason: SessionEnd
    ) throws(StoreFault) -> [ID<Session>] {
        // No session has an empty id, so that without one to keep all of them differ from it.
        let ended = try ids(
            """
            UPDATE sessions SET ended_at = $2, end_reason = $3
            WHERE user_id = $1 AND ended_at IS NULL AND absolute_end > $2 AND $2 - last_activity_at < idle_limit
                AND coalesce(parent, id) <> coalesce((SELECT coalesce(parent, id) FROM sessions WHERE id = $4), $4)
            RETURNING id
            """, [.id(user), .time(now), .text(reason.rawValue), .blob(kept?.bytes ?? [])])
        return ended + (try endOrphans(of: user))
    }

    public func endLongestUnused(
        of user: ID<User>, realm: RealmName, keeping count: Int
    ) throws(StoreFault) -> [ID<Session>] {
        // For the lock alone.
        _ = try change(
            "UPDATE users SET updated_at = updated_at WHERE id = $1 AND realm = $2", [.id(user), .realm(realm)])
        // SQLite has no OFFSET without a LIMIT.
        let ended = try ids(
            """
            UPDATE sessions SET ended_at = $3, end_reason = $4
            WHERE ended_at IS NULL AND id IN (
                SELECT id FROM sessions
                WHERE user_id = $1 AND realm = $2 AND parent IS NULL AND impersonation IS NULL AND ended_at IS NULL
                    AND absolute_end > $3
                    AND $3 - last_activity_at < idle_limit
                ORDER BY last_activity_at DESC, id DESC LIMIT 1000000 OFFSET $5)
            RETURNING id
            """, [.id(user), .realm(realm), .time(now), .text(SessionEnd.limit.rawValue), .limit(count)])
        return ended.isEmpty ? [] : ended + (try endOrphans(of: user))
    }

    /// A user's children whose parents have ended.
    private func endOrphans(of user: ID<User>) throws(StoreFault) -> [ID<Session>] {
        try ids(
            """
            UPDATE sessions SET ended_at = $2, end_reason = $3
            WHERE user_id = $1 AND ended_at IS NULL AND parent IS NOT NULL AND absolute_end > $2
                AND $2 - last_activity_at < idle_limit
                AND EXISTS (SELECT 1 FROM sessions p WHERE p.id = sessions.parent AND p.ended_at IS NOT NULL)
            RETURNING id
            """, [.id(user), .time(now), .text(SessionEnd.parentEnded.rawValue)])
    }

    /// Children go with their parents, by the table's own rule.
    public func deleteEndedSessions(before time: Timestamp, limit: Int) throws(StoreFault) -> Int64 {
        try change(
            """
            DELETE FROM sessions WHERE id IN (
                SELECT id FROM sessions WHERE ended_at < $1 OR absolute_end < $1 LIMIT $2)
            """, [.time(time), .limit(limit)])
    }

    private func ids(_ sql: StaticString, _ values: [SQLValue]) throws(StoreFault) -> [ID<Session>] {
        try connection.query(sql, values) { row throws(StoreFault) in try row.id(0) }
    }
}
