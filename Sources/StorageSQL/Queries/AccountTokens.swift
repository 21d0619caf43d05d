public import Domain
public import Storage

extension SQLTransaction {
    public func accountToken(digest: [UInt8], realm: RealmName) throws(StoreFault) -> AccountToken? {
        try row(
            """
            SELECT id, digest, code, realm, purpose, subject_id, user_id, address, binding, data, created_at, expires_at
            FROM account_tokens WHERE digest = $1 AND realm = $2 AND expires_at > $3
            """, [.blob(digest), .realm(realm), .time(now)], readToken)
    }

    public func accountToken(id: [UInt8], realm: RealmName) throws(StoreFault) -> AccountToken? {
        try row(
            """
            SELECT id, digest, code, realm, purpose, subject_id, user_id, address, binding, data, created_at, expires_at
            FROM account_tokens WHERE id = $1 AND realm = $2 AND expires_at > $3
            """, [.blob(id), .realm(realm), .time(now)], readToken)
    }

    public func isReserved(
        address: [UInt8], besides user: ID<User>, realm: RealmName
    ) throws(StoreFault) -> Bool {
        try row(
            """
            SELECT 1 FROM account_tokens
            WHERE address = $1 AND purpose = $2 AND realm = $3 AND expires_at > $4 AND subject_id <> $5 LIMIT 1
            """,
            [
                .blob(address), .text(LetterPurpose.undoEmailChange.rawValue), .realm(realm), .time(now), .id(user),
            ]
        ) { row throws(StoreFault) in try row.integer(0) } != nil
    }

    public func insert(_ token: AccountToken, life: Duration, codeLife: Duration) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO account_tokens (id, digest, code, realm, purpose, slot, subject_id, user_id, address, binding,
                data, tries, created_at, code_expires_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14)
            ON CONFLICT (subject_id, purpose, slot) DO UPDATE SET id = excluded.id, digest = excluded.digest,
                code = excluded.code, user_id = excluded.user_id, address = excluded.address,
                binding = excluded.binding, data = excluded.data, tries = 0, created_at = excluded.created_at,
                code_expires_at = excluded.code_expires_at, expires_at = excluded.expires_at
            """,
            [
                .blob(token.id), .blob(token.digest), .blob(token.code), .realm(token.realm),
                .text(token.purpose.rawValue), .blob(token.purpose.isKeptBesideNewer ? token.id : []),
                .id(token.subject), .id(token.user), .blob(token.address), .blob(token.binding), .blob(token.data),
                .time(now), .time(now + codeLife), .time(now + life),
            ])
    }

    public func countTry(
        atToken id: [UInt8], realm: RealmName, most tries: Int64, isCode: Bool
    ) throws(StoreFault) -> AccountToken? {
        try changed(
            """
            UPDATE account_tokens SET tries = tries + 1
            WHERE id = $1 AND realm = $2 AND tries < $3 AND expires_at > $4 AND ($5 = 0 OR code_expires_at > $4)
            RETURNING id, digest, code, realm, purpose, subject_id, user_id, address, binding, data, created_at,
                expires_at
            """, [.blob(id), .realm(realm), .integer(tries), .time(now), .flag(isCode)], readToken)
    }

    /// The digest too: a letter that was sent again keeps its ticket. Of two that delete the same row, the second waits
    /// for the first one's commit and then finds none.
    public func consume(_ token: AccountToken) throws(StoreFault) -> AccountToken? {
        try changed(
            """
            DELETE FROM account_tokens
            WHERE id = $1 AND digest = $2 AND realm = $3 AND purpose = $4 AND expires_at > $5
            RETURNING id, digest, code, realm, purpose, subject_id, user_id, address, binding, data, created_at,
                expires_at
            """,
            [
                .blob(token.id), .blob(token.digest), .realm(token.realm), .text(token.purpose.rawValue), .time(now),
            ], readToken)
    }

    public func deleteAccountTokens(of user: ID<User>) throws(StoreFault) {
        for purpose in LetterPurpose.allCases where !purpose.survivesChange {
            try deleteAccountTokens(of: user, for: purpose, since: Timestamp(milliseconds: 0))
        }
    }

    public func deleteAccountTokens(
        of user: ID<User>, for purpose: LetterPurpose, since time: Timestamp
    ) throws(StoreFault) {
        _ = try change(
            "DELETE FROM account_tokens WHERE subject_id = $1 AND purpose = $2 AND created_at >= $3",
            [.id(user), .text(purpose.rawValue), .time(time)])
    }

    public func deleteAccountTokens(
        at address: [UInt8], for purpose: LetterPurpose, realm: RealmName
    ) throws(StoreFault) {
        let subjects = try connection.query(
            "DELETE FROM account_tokens WHERE address = $1 AND purpose = $2 AND realm = $3 RETURNING subject_id",
            [.blob(address), .text(purpose.rawValue), .realm(realm)]
        ) { row throws(StoreFault) in try row.id(0, as: User.self) }
        for subject in subjects { try forgetKey(ofNobody: subject, realm: realm) }
    }

    public func deleteExpiredAccountTokens(limit: Int) throws(StoreFault) -> Int64 {
        let expired = try connection.query(
            """
            DELETE FROM account_tokens WHERE id IN (
                SELECT id FROM account_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
            RETURNING realm, subject_id
            """, [.time(now), .limit(limit)]
        ) { row throws(StoreFault) in (try row.realm(0), try row.id(1, as: User.self)) }
        for (realm, subject) in expired { try forgetKey(ofNobody: subject, realm: realm) }
        return Int64(expired.count)
    }

    public func forgetKey(ofNobody subject: ID<User>, realm: RealmName) throws(StoreFault) {
        let values: [SQLValue] = [.realm(realm), .id(subject)]
        _ = try change(
            """
            DELETE FROM subject_keys WHERE realm = $1 AND subject_id = $2
                AND NOT EXISTS (SELECT 1 FROM users WHERE id = $2)
            """, values)
        _ = try change(
            """
            DELETE FROM mail WHERE realm = $1 AND subject_id = $2 AND NOT EXISTS (SELECT 1 FROM users WHERE id = $2)
            """, values)
    }
}

private func readToken(_ row: some SQLRow) throws(StoreFault) -> AccountToken {
    guard let purpose = LetterPurpose(rawValue: try row.text(4)) else { throw .damaged("a letter's purpose is none") }
    return AccountToken(
        id: try row.blob(0), digest: try row.blob(1), code: try row.blob(2), realm: try row.realm(3), purpose: purpose,
        subject: try row.id(5), user: row.isNull(6) ? nil : try row.id(6), address: try row.blob(7),
        binding: try row.blob(8), data: try row.blob(9), createdAt: try row.time(10), expiresAt: try row.time(11))
}
