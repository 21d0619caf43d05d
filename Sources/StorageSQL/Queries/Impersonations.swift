public import Domain
public import Storage

// Each row comes with what others say of it, so that whether it may go on is told by one statement.
extension SQLTransaction {
    public func impersonation(
        _ id: ID<Impersonation>, realm: RealmName
    ) throws(StoreFault) -> StoredImpersonation? {
        try row(
            """
            SELECT i.id, i.realm, i.user_id, i.session_id, i.operator_id, i.operator_session, i.reason, i.may_write,
                i.started_at, i.ends_at, i.ended_at, i.end_reason, coalesce(u.username, ''), k.wrapped,
                CASE WHEN s.id IS NOT NULL AND s.ended_at IS NULL AND s.absolute_end > $1
                    AND $1 - s.last_activity_at < s.idle_limit THEN 1 ELSE 0 END,
                CASE WHEN u.is_active = 1 AND u.deactivated_at IS NULL
                    AND coalesce(u.banned_until, 0) <= $1 THEN 1 ELSE 0 END,
                CASE WHEN i.operator_session IS NULL
                    OR (o.id IS NOT NULL AND o.ended_at IS NULL AND o.absolute_end > $1) THEN 1 ELSE 0 END
            FROM impersonations i
            LEFT JOIN users u ON u.id = i.operator_id AND u.realm = 'system'
            LEFT JOIN subject_keys k ON k.realm = 'system' AND k.subject_id = i.operator_id
            LEFT JOIN sessions s ON s.id = i.session_id
            LEFT JOIN sessions o ON o.id = i.operator_session
            WHERE i.id = $2 AND i.realm = $3
            """, [.time(now), .id(id), .realm(realm)], readImpersonation)
    }

    public func impersonations(
        realm: RealmName, of user: ID<User>?, before id: ID<Impersonation>?, limit: Int
    ) throws(StoreFault) -> [StoredImpersonation] {
        // Sixteen bytes of ones stand behind every id.
        let last = SQLValue.blob(id?.bytes ?? [UInt8](repeating: 0xFF, count: 16))
        guard let user else {
            return try rows(
                """
                SELECT i.id, i.realm, i.user_id, i.session_id, i.operator_id, i.operator_session, i.reason, i.may_write,
                    i.started_at, i.ends_at, i.ended_at, i.end_reason, coalesce(u.username, ''), k.wrapped,
                    CASE WHEN s.id IS NOT NULL AND s.ended_at IS NULL AND s.absolute_end > $1
                        AND $1 - s.last_activity_at < s.idle_limit THEN 1 ELSE 0 END,
                    CASE WHEN u.is_active = 1 AND u.deactivated_at IS NULL
                        AND coalesce(u.banned_until, 0) <= $1 THEN 1 ELSE 0 END,
                    CASE WHEN i.operator_session IS NULL
                        OR (o.id IS NOT NULL AND o.ended_at IS NULL AND o.absolute_end > $1) THEN 1 ELSE 0 END
                FROM impersonations i
                LEFT JOIN users u ON u.id = i.operator_id AND u.realm = 'system'
                LEFT JOIN subject_keys k ON k.realm = 'system' AND k.subject_id = i.operator_id
                LEFT JOIN sessions s ON s.id = i.session_id
                LEFT JOIN sessions o ON o.id = i.operator_session
                WHERE i.realm = $2 AND i.id < $3 ORDER BY i.id DESC LIMIT $4
                """, [.time(now), .realm(realm), last, .limit(limit)], readImpersonation)
        }
        return try rows(
            """
            SELECT i.id, i.realm, i.user_id, i.session_id, i.operator_id, i.operator_session, i.reason, i.may_write,
                i.started_at, i.ends_at, i.ended_at, i.end_reason, coalesce(u.username, ''), k.wrapped,
                CASE WHEN s.id IS NOT NULL AND s.ended_at IS NULL AND s.absolute_end > $1
                    AND $1 - s.last_activity_at < s.idle_limit THEN 1 ELSE 0 END,
                CASE WHEN u.is_active = 1 AND u.deactivated_at IS NULL
                    AND coalesce(u.banned_until, 0) <= $1 THEN 1 ELSE 0 END,
                CASE WHEN i.operator_session IS NULL
                    OR (o.id IS NOT NULL AND o.ended_at IS NULL AND o.absolute_end > $1) THEN 1 ELSE 0 END
            FROM impersonations i
            LEFT JOIN users u ON u.id = i.operator_id AND u.realm = 'system'
            LEFT JOIN subject_keys k ON k.realm = 'system' AND k.subject_id = i.operator_id
            LEFT JOIN sessions s ON s.id = i.session_id
            LEFT JOIN sessions o ON o.id = i.operator_session
            WHERE i.realm = $2 AND i.user_id = $3 AND i.id < $4 ORDER BY i.id DESC LIMIT $5
            """, [.time(now), .realm(realm), .id(user), last, .limit(limit)], readImpersonation)
    }

    public func unrecordedImpersonations(
        after id: ID<Impersonation>?, limit: Int
    ) throws(StoreFault) -> [StoredImpersonation] {
        try rows(
            """
            SELECT i.id, i.realm, i.user_id, i.session_id, i.operator_id, i.operator_session, i.reason, i.may_write,
                i.started_at, i.ends_at, i.ended_at, i.end_reason, coalesce(u.username, ''), k.wrapped,
                CASE WHEN s.id IS NOT NULL AND s.ended_at IS NULL AND s.absolute_end > $1
                    AND $1 - s.last_activity_at < s.idle_limit THEN 1 ELSE 0 END,
                CASE WHEN u.is_active = 1 AND u.deactivated_at IS NULL
                    AND coalesce(u.banned_until, 0) <= $1 THEN 1 ELSE 0 END,
                CASE WHEN i.operator_session IS NULL
                    OR (o.id IS NOT NULL AND o.ended_at IS NULL AND o.absolute_end > $1) THEN 1 ELSE 0 END
            FROM impersonations i
            LEFT JOIN users u ON u.id = i.operator_id AND u.realm = 'system'
            LEFT JOIN subject_keys k ON k.realm = 'system' AND k.subject_id = i.operator_id
            LEFT JOIN sessions s ON s.id = i.session_id
            LEFT JOIN sessions o ON o.id = i.operator_session
            WHERE i.is_recorded = 0 AND i.id > $2 ORDER BY i.id LIMIT $3
            """, [.time(now), .blob(id?.bytes ?? []), .limit(limit)], readImpersonation)
    }

    public func insert(_ impersonation: StoredImpersonation) throws(StoreFault) {
        let acting = impersonation.acting
        let count = try change(
            """
            INSERT INTO impersonations (id, realm, user_id, session_id, operator_id, operator_session, reason, may_write,
                started_at, ends_at, ended_at, end_reason, is_recorded)
            SELECT $1, realm, id, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0 FROM users WHERE id = $3 AND realm = $2
            """,
            [
                .id(acting.id), .realm(impersonation.realm), .id(impersonation.user), .id(impersonation.session),
                .id(acting.impersonator), .id(acting.session), .text(acting.reason), .flag(acting.mayWrite),
                .time(acting.startedAt), .time(acting.endsAt), .time(impersonation.endedAt),
                impersonation.end.map { .text($0.rawValue) } ?? .null,
            ])
        guard count > 0 else { throw .constraint("an impersonation of a user who does not exist in its realm") }
    }

    public func recordEnd(of id: ID<Impersonation>, as end: ImpersonationEnd) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE impersonations SET is_recorded = 1, ended_at = coalesce(ended_at, $2),
                end_reason = coalesce(end_reason, $3)
            WHERE id = $1 AND is_recorded = 0
            """, [.id(id), .time(now), .text(end.rawValue)]) > 0
    }

    public func endImpersonations(
        realm: RealmName, as end: ImpersonationEnd
    ) throws(StoreFault) -> [ID<Session>] {
        // One statement after the other: PostgreSQL shows a statement only what was there when it began.
        let sessions = try connection.query(
            """
            UPDATE impersonations SET ended_at = $2, end_reason = $3
            WHERE realm = $1 AND ended_at IS NULL AND is_recorded = 0 RETURNING session_id
            """, [.realm(realm), .time(now), .text(end.rawValue)]
        ) { row throws(StoreFault) -> ID<Session> in try row.id(0) }
        for session in sessions { _ = try self.end(session, reason: .revoked) }
        return sessions
    }
}

private func readImpersonation(_ row: some SQLRow) throws(StoreFault) -> StoredImpersonation {
    var end: ImpersonationEnd?
    if !row.isNull(11) {
        guard let known = ImpersonationEnd(rawValue: try row.text(11)) else {
            throw .damaged("an impersonation ended for no known reason")
        }
        end = known
    }
    return StoredImpersonation(
        Impersonation(
            id: try row.id(0), impersonator: try row.id(4), name: try row.text(12),
            session: row.isNull(5) ? nil : try row.id(5), reason: try row.text(6), mayWrite: try row.flag(7),
            startedAt: try row.time(8), endsAt: try row.time(9), wrappedKey: row.isNull(13) ? nil : try row.blob(13)),
        realm: try row.realm(1), user: try row.id(2), session: try row.id(3), endedAt: try row.optionalTime(10),
        end: end,
        standing: StoredImpersonation.Standing(
            isSessionOpen: try row.flag(14), isOperatorUsable: try row.flag(15), isOperatorSignedIn: try row.flag(16)))
}
