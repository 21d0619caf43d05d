public import Domain
public import Storage

extension SQLTransaction {
    public func session(_ id: ID<Session>, realm: RealmName) throws(StoreFault) -> Session? {
        try row(
            """
            SELECT id, realm, user_id, client, issued, confirmed_at, created_at, last_activity_at, idle_limit,
                absolute_end, ended_at, amr, auth_time, level, parent, previous_seen_at, impersonation
            FROM sessions WHERE id = $1 AND realm = $2
            """, [.id(id), .realm(realm)], readSession)
    }

    /// Of an impersonation's session nothing says where it is: that is the operator's, and nothing of the user's.
    ///
    /// The partial index of open sessions finds them; the times then leave out those that have run out.
    public func liveSessions(
        of user: ID<User>, realm: RealmName, after session: ID<Session>?, limit: Int
    ) throws(StoreFault) -> [PlacedSession] {
        try rows(
            """
            SELECT id, realm, user_id, client, issued, confirmed_at, created_at, last_activity_at, idle_limit,
                absolute_end, ended_at, amr, auth_time, level, parent, previous_seen_at, impersonation,
                CASE WHEN impersonation IS NULL THEN address ELSE '' END,
                CASE WHEN impersonation IS NULL THEN user_agent ELSE '' END
            FROM sessions
            WHERE user_id = $1 AND realm = $2 AND ended_at IS NULL AND id > $3
                AND absolute_end > $4 AND $4 - last_activity_at < idle_limit
            ORDER BY id LIMIT $5
            """, [.id(user), .realm(realm), .blob(session?.bytes ?? []), .time(now), .limit(limit)]
        ) { row throws(StoreFault) in
            PlacedSession(
                session: try readSession(row),
                origin: SessionOrigin(address: try row.text(17), userAgent: try row.text(18)))
        }
    }

    public func endReason(of session: ID<Session>) throws(StoreFault) -> SessionEnd? {
        try row(
            "SELECT end_reason FROM sessions WHERE id = $1 AND end_reason IS NOT NULL", [.id(session)]
        ) { row throws(StoreFault) -> SessionEnd in
            guard let reason = SessionEnd(rawValue: try row.text(0)) else {
                throw .damaged("a session ended for no known reason")
            }
            return reason
        }
    }

    public func sessionOrigin(_ id: ID<Session>) throws(StoreFault) -> SessionOrigin? {
        try row("SELECT address, user_agent FROM sessions WHERE id = $1", [.id(id)]) { row throws(StoreFault) in
            SessionOrigin(address: try row.text(0), userAgent: try row.text(1))
        }
    }

    /// A user of another realm gets no session: the row is made from the user's own.
    public func insert(_ session: Session, origin: SessionOrigin) throws(StoreFault) {
        if let parent = session.parent { try attach(session, to: parent) }
        let count = try change(
            """
            INSERT INTO sessions (id, realm, user_id, client, issued, confirmed_at, created_at, last_activity_at,
                idle_limit, absolute_end, ended_at, amr, auth_time, level, address, user_agent, parent,
                previous_seen_at, impersonation)
            SELECT $1, realm, id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19
            FROM users WHERE id = $3 AND realm = $2
            """,
            [
                .id(session.id), .realm(session.realm), .id(session.user), .text(session.client),
                .integer(session.issued.value), .time(session.confirmedAt), .time(session.createdAt),
                .time(session.lastActivityAt), .integer(session.idleLimit.wholeMilliseconds),
                .time(session.absoluteEnd), .time(session.endedAt), .text(session.amr.joined(separator: " ")),
                .time(session.authTime), .integer(session.level), .text(origin.address), .text(origin.userAgent),
                .id(session.parent), .time(session.previousSeenAt), .id(session.impersonation),
            ])
        guard count > 0 else { throw .constraint("a session for a user who does not exist in its realm") }
    }

    // Over is what `Session.isOver` says; the idle end is compared as a difference, which cannot overflow.

    /// PostgreSQL's statement reads the clock itself: a time from here would have to be asked for first, in a round
    /// trip of its own where nothing else was asked.
    public func advance(
        _ session: ID<Session>, from counter: Counter, origin: SessionOrigin
    ) throws(StoreFault) -> Bool {
        let values: [SQLValue] = [
            .id(session), .integer(counter.value), .integer(counter.next.value), .text(origin.address),
            .text(origin.userAgent),
        ]
        switch Connection.dialect {
        case .sqlite:
            return try change(
                """
                UPDATE sessions SET issued = $3, previous_seen_at = coalesce(confirmed_at, $6), confirmed_at = NULL,
                    address = $4, user_agent = $5,
                    last_activity_at = CASE WHEN last_activity_at < $6 THEN $6 ELSE last_activity_at END
                WHERE id = $1 AND issued = $2 AND ended_at IS NULL AND absolute_end > $6
                    AND $6 - last_activity_at < idle_limit
                """, values + [.time(now)]) > 0
        case .postgres:
            return try change(
                """
                UPDATE sessions SET issued = $3, previous_seen_at = coalesce(confirmed_at, clock.now), confirmed_at = NULL,
                    address = $4, user_agent = $5, last_activity_at = greatest(last_activity_at, clock.now)
                FROM (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) AS clock
                WHERE id = $1 AND issued = $2 AND ended_at IS NULL AND absolute_end > clock.now
                    AND clock.now - last_activity_at < idle_limit
                """, values) > 0
        }
    }

    /// Never backwards: of two that find the database rolled back, the one that knows more wins.
    public func fastForward(
        _ session: ID<Session>, to counter: Counter, origin: SessionOrigin
    ) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE sessions SET issued = $2, previous_seen_at = $3, confirmed_at = NULL, address = $4, user_agent = $5,
                last_activity_at = CASE WHEN last_activity_at < $3 THEN $3 ELSE last_activity_at END
            WHERE id = $1 AND issued < $2 AND ended_at IS NULL
            """,
            [.id(session), .integer(counter.value), .time(now), .text(origin.address), .text(origin.userAgent)]) > 0
    }
}

private func readSession(_ row: some SQLRow) throws(StoreFault) -> Session {
    Session(
        id: try row.id(0), realm: try row.realm(1), user: try row.id(2), client: try row.text(3),
        issued: try row.counter(4), confirmedAt: try row.optionalTime(5), createdAt: try row.time(6),
        lastActivityAt: try row.time(7), idleLimit: .milliseconds(try row.integer(8)),
        absoluteEnd: try row.time(9), endedAt: try row.optionalTime(10),
        amr: try row.text(11).split(separator: " ").map(String.init), authTime: try row.time(12),
        level: try row.integer(13), parent: row.isNull(14) ? nil : try row.id(14),
        previousSeenAt: try row.optionalTime(15), impersonation: row.isNull(16) ? nil : try row.id(16))
}
