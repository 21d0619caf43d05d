public import Domain
public import Storage

extension SQLTransaction {
    public func consents(
        of user: ID<User>, realm: RealmName, after place: Int64, limit: Int
    ) throws(StoreFault) -> [PlacedConsent] {
        try rows(
            """
            SELECT place, id, realm, user_id, document, version, digest, is_given, source, event_id, decided_at
            FROM consents WHERE realm = $1 AND user_id = $2 AND place > $3 ORDER BY place LIMIT $4
            """, [.realm(realm), .id(user), .integer(place), .limit(limit)]
        ) { row throws(StoreFault) in PlacedConsent(place: try row.integer(0), record: try readConsent(row)) }
    }

    public func latestConsents(of user: ID<User>, realm: RealmName) throws(StoreFault) -> [ConsentRecord] {
        try rows(
            """
            SELECT place, id, realm, user_id, document, version, digest, is_given, source, event_id, decided_at
            FROM consents WHERE place IN (
                SELECT max(place) FROM consents WHERE realm = $1 AND user_id = $2 GROUP BY document)
            ORDER BY document
            """, [.realm(realm), .id(user)], readConsent)
    }

    public func insert(_ consent: ConsentRecord) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO consents (id, realm, user_id, document, version, digest, is_given, source, event_id, decided_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                .id(consent.id), .realm(consent.realm), .id(consent.user), .text(consent.document),
                .integer(consent.version), .text(consent.digest), .flag(consent.isGiven), .blob(consent.source),
                .id(consent.event), .time(consent.decidedAt),
            ])
    }

    public func sessionTraces(
        of user: ID<User>, realm: RealmName, after session: ID<Session>?, limit: Int
    ) throws(StoreFault) -> [SessionTrace] {
        try rows(
            """
            SELECT id, client, created_at, last_activity_at, absolute_end, ended_at, end_reason,
                CASE WHEN impersonation IS NULL THEN address ELSE '' END,
                CASE WHEN impersonation IS NULL THEN user_agent ELSE '' END
            FROM sessions WHERE user_id = $1 AND realm = $2 AND id > $3 ORDER BY id LIMIT $4
            """, [.id(user), .realm(realm), .blob(session?.bytes ?? []), .limit(limit)]
        ) { row throws(StoreFault) in
            SessionTrace(
                id: try row.id(0), client: try row.text(1), createdAt: try row.time(2),
                lastActivityAt: try row.time(3), absoluteEnd: try row.time(4), endedAt: try row.optionalTime(5),
                endReason: row.isNull(6) ? nil : try row.text(6),
                origin: SessionOrigin(address: try row.text(7), userAgent: try row.text(8)))
        }
    }

    public func mailTraces(
        of user: ID<User>, realm: RealmName, limit: Int
    ) throws(StoreFault) -> [LetterTrace] {
        try rows(
            """
            SELECT kind, state, created_at, done_at FROM mail WHERE subject_id = $1 AND realm = $2 ORDER BY id LIMIT $3
            """, [.id(user), .realm(realm), .limit(limit)], readTrace)
    }

    public func knownMail(_ ids: [ID<MailItem>]) throws(StoreFault) -> Set<ID<MailItem>> {
        var known: Set<ID<MailItem>> = []
        for id in ids {
            if let found = try row(
                "SELECT id FROM mail WHERE id = $1", [.id(id)],
                { row throws(StoreFault) in
                    try row.id(0, as: MailItem.self)
                })
            {
                known.insert(found)
            }
        }
        return known
    }

    public func tokenTraces(
        of user: ID<User>, realm: RealmName, limit: Int
    ) throws(StoreFault) -> [LetterTrace] {
        try rows(
            """
            SELECT purpose, '', created_at, expires_at FROM account_tokens
            WHERE subject_id = $1 AND realm = $2 ORDER BY created_at LIMIT $3
            """, [.id(user), .realm(realm), .limit(limit)], readTrace)
    }
}

private func readTrace(_ row: some SQLRow) throws(StoreFault) -> LetterTrace {
    LetterTrace(
        kind: try row.text(0), state: try row.text(1), createdAt: try row.time(2), endsAt: try row.optionalTime(3))
}

private func readConsent(_ row: some SQLRow) throws(StoreFault) -> ConsentRecord {
    ConsentRecord(
        id: try row.id(1), realm: try row.realm(2), user: try row.id(3), document: try row.text(4),
        version: try row.integer(5), digest: try row.text(6), isGiven: try row.flag(7), source: try row.blob(8),
        event: try row.id(9), decidedAt: try row.time(10))
}
