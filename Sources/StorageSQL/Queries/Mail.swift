public import Domain
public import Storage

extension SQLTransaction {
    public func insert(_ mail: NewMail) throws(StoreFault) {
        if mail.replacesOlder {
            _ = try change(
                """
                UPDATE mail SET state = 'dropped', sealed = $5, last_error = 'replaced', done_at = $4
                WHERE subject_id = $1 AND realm = $2 AND kind = $3 AND state = 'waiting'
                    AND (leased_until IS NULL OR leased_until <= $4)
                """, [.id(mail.subject), .realm(mail.realm), .text(mail.kind), .time(now), .blob([])])
        }
        _ = try change(
            """
            INSERT INTO mail (id, realm, subject_id, kind, state, sealed, created_at, expires_at, next_try_at, tries,
                last_error)
            VALUES ($1, $2, $3, $4, 'waiting', $5, $6, $7, $6, 0, '')
            """,
            [
                .id(mail.id), .realm(mail.realm), .id(mail.subject), .text(mail.kind), .blob(mail.sealed), .time(now),
                .time(mail.life.map { now + $0 }),
            ])
    }

    public func dueMail(limit: Int) throws(StoreFault) -> [ID<MailItem>] {
        try rows(
            """
            SELECT id FROM mail WHERE state = 'waiting' AND next_try_at <= $1
                AND (leased_until IS NULL OR leased_until <= $1)
            ORDER BY next_try_at LIMIT $2
            """, [.time(now), .limit(limit)]
        ) { row throws(StoreFault) in try row.id(0) }
    }

    public func nextMailDue() throws(StoreFault) -> Timestamp? {
        try row("SELECT next_try_at FROM mail WHERE state = 'waiting' ORDER BY next_try_at LIMIT 1", []) {
            row throws(StoreFault) in try row.time(0)
        }
    }

    public func mail(
        state: MailState?, before id: ID<MailItem>?, limit: Int
    ) throws(StoreFault) -> [MailSummary] {
        try rows(
            """
            SELECT id, realm, subject_id, kind, state, sealed, created_at, next_try_at, done_at, tries, last_error
            FROM mail WHERE ($1 = '' OR state = $1) AND id < $2 ORDER BY id DESC LIMIT $3
            """,
            [
                .text(state?.rawValue ?? ""), .id(id ?? ID(high: .max, low: .max)), .limit(limit),
            ], readMail)
    }

    public func mail(
        realm: RealmName, state: MailState?, before id: ID<MailItem>?, limit: Int
    ) throws(StoreFault) -> [MailSummary] {
        try rows(
            """
            SELECT id, realm, subject_id, kind, state, sealed, created_at, next_try_at, done_at, tries, last_error
            FROM mail WHERE realm = $4 AND ($1 = '' OR state = $1) AND id < $2 ORDER BY id DESC LIMIT $3
            """,
            [
                .text(state?.rawValue ?? ""), .id(id ?? ID(high: .max, low: .max)), .limit(limit), .realm(realm),
            ], readMail)
    }

    public func mailCount(_ state: MailState, limit: Int) throws(StoreFault) -> Int64 {
        try row(
            "SELECT COUNT(*) FROM (SELECT 1 FROM mail WHERE state = $1 LIMIT $2) AS counted",
            [.text(state.rawValue), .limit(limit)]
        ) { row throws(StoreFault) in try row.integer(0) } ?? 0
    }

    public func leaseMail(
        _ id: ID<MailItem>, holder: [UInt8], for time: Duration
    ) throws(StoreFault) -> LeasedMail? {
        try changed(
            """
            UPDATE mail SET leased_by = $2, leased_until = $4, tries = tries + 1
            WHERE id = $1 AND state = 'waiting' AND next_try_at <= $3 AND (leased_until IS NULL OR leased_until <= $3)
            RETURNING realm, subject_id, kind, sealed, created_at, expires_at, tries
            """, [.id(id), .blob(holder), .time(now), .time(now + time)]
        ) { row throws(StoreFault) in
            LeasedMail(
                id: id, realm: try row.realm(0), subject: try row.id(1), kind: try row.text(2),
                sealed: try row.blob(3), createdAt: try row.time(4), expiresAt: try row.optionalTime(5),
                tries: try row.integer(6))
        }
    }

    public func finishMail(
        _ id: ID<MailItem>, holder: [UInt8], as result: MailResult
    ) throws(StoreFault) -> Bool {
        switch result {
        case .sent: try end(id, holder, .sent, error: "")
        case .dropped(let error): try end(id, holder, .dropped, error: error)
        case .dead(let error):
            try change(
                """
                UPDATE mail SET state = 'dead', leased_by = NULL, leased_until = NULL, done_at = $3, last_error = $4
                WHERE id = $1 AND leased_by = $2 AND state = 'waiting'
                """, [.id(id), .blob(holder), .time(now), .text(error)]) > 0
        case .failed(let error, let nextTryAt):
            try change(
                """
                UPDATE mail SET leased_by = NULL, leased_until = NULL, next_try_at = $3, last_error = $4
                WHERE id = $1 AND leased_by = $2 AND state = 'waiting'
                """, [.id(id), .blob(holder), .time(nextTryAt), .text(error)]) > 0
        }
    }

    /// Its content goes at once.
    private func end(
        _ id: ID<MailItem>, _ holder: [UInt8], _ state: MailState, error: String
    ) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE mail SET state = $5, sealed = $6, leased_by = NULL, leased_until = NULL, done_at = $3,
                last_error = $4
            WHERE id = $1 AND leased_by = $2 AND state = 'waiting'
            """,
            [.id(id), .blob(holder), .time(now), .text(error), .text(state.rawValue), .blob([])]) > 0
    }

    public func releaseMail() throws(StoreFault) {
        _ = try change(
            """
            UPDATE mail SET leased_by = NULL, leased_until = NULL
            WHERE state = 'waiting' AND leased_by IS NOT NULL
            """, [])
    }

    public func retryMail(_ id: ID<MailItem>) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE mail SET state = 'waiting', next_try_at = $2, tries = 0, done_at = NULL
            WHERE id = $1 AND state IN ('waiting', 'dead') AND (leased_until IS NULL OR leased_until <= $2)
            """, [.id(id), .time(now)]) > 0
    }

    public func retryMail(_ id: ID<MailItem>, realm: RealmName) throws(StoreFault) -> Bool {
        try change(
            """
            UPDATE mail SET state = 'waiting', next_try_at = $2, tries = 0, done_at = NULL
            WHERE id = $1 AND realm = $3 AND state IN ('waiting', 'dead')
                AND (leased_until IS NULL OR leased_until <= $2)
            """, [.id(id), .time(now), .realm(realm)]) > 0
    }

    public func retryDeadMail(limit: Int) throws(StoreFault) -> Int64 {
        try change(
            """
            UPDATE mail SET state = 'waiting', next_try_at = $1, tries = 0, done_at = NULL
            WHERE id IN (SELECT id FROM mail WHERE state = 'dead' LIMIT $2)
            """, [.time(now), .limit(limit)])
    }

    public func deleteMail(of subject: ID<User>, realm: RealmName) throws(StoreFault) -> Int64 {
        try change("DELETE FROM mail WHERE subject_id = $1 AND realm = $2", [.id(subject), .realm(realm)])
    }

    public func deleteMail(doneBefore time: Timestamp, limit: Int) throws(StoreFault) -> Int64 {
        try change(
            """
            DELETE FROM mail WHERE id IN (
                SELECT id FROM mail WHERE done_at IS NOT NULL AND done_at < $1 ORDER BY done_at LIMIT $2)
            """, [.time(time), .limit(limit)])
    }
}

private func readMail(_ row: some SQLRow) throws(StoreFault) -> MailSummary {
    guard let state = MailState(rawValue: try row.text(4)) else {
        throw .damaged("a letter's state is not known")
    }
    return MailSummary(
        id: try row.id(0), realm: try row.realm(1), subject: try row.id(2), kind: try row.text(3),
        state: state, sealed: try row.blob(5), createdAt: try row.time(6), nextTryAt: try row.time(7),
        doneAt: try row.optionalTime(8), tries: try row.integer(9), lastError: try row.text(10))
}
