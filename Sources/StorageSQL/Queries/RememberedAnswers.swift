public import Domain
public import Storage

extension SQLTransaction {
    public func rememberedAnswer(_ digest: [UInt8], realm: RealmName) throws(StoreFault) -> RememberedAnswer? {
        try row(
            "SELECT fingerprint, answer FROM remembered_answers WHERE realm = $1 AND digest = $2",
            [.realm(realm), .blob(digest)]
        ) { row throws(StoreFault) in
            RememberedAnswer(fingerprint: try row.blob(0), answer: try row.blob(1))
        }
    }

    /// On PostgreSQL the row of a transaction still running makes this statement wait for its end.
    public func remember(
        _ answer: RememberedAnswer, digest: [UInt8], realm: RealmName
    ) throws(StoreFault) -> Bool {
        try change(
            """
            INSERT INTO remembered_answers (realm, digest, fingerprint, answer, given_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (realm, digest) DO NOTHING
            """,
            [.realm(realm), .blob(digest), .blob(answer.fingerprint), .blob(answer.answer), .time(now)]) > 0
    }

    public func forgetAnswer(_ digest: [UInt8], realm: RealmName) throws(StoreFault) {
        _ = try change(
            "DELETE FROM remembered_answers WHERE realm = $1 AND digest = $2", [.realm(realm), .blob(digest)])
    }

    public func forgetAnswers(before time: Timestamp, limit: Int) throws(StoreFault) -> Int64 {
        try change(
            """
            DELETE FROM remembered_answers WHERE (realm, digest) IN (
                SELECT realm, digest FROM remembered_answers WHERE given_at < $1 ORDER BY given_at LIMIT $2)
            """, [.time(time), .limit(limit)])
    }
}
