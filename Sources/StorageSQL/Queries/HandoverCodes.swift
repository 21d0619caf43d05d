internal import Domain
public import Storage

extension SQLTransaction {
    public func insert(_ code: HandoverCode) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO handover_codes (digest, realm, session_id, application, host, browser, return_to, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .blob(code.digest), .realm(code.realm), .id(code.session), .text(code.application), .text(code.host),
                .blob(code.browser), .text(code.returnTo), .time(code.expiresAt),
            ])
    }

    /// Of two that delete the same row, the second waits for the first one's commit and then finds none.
    public func consumeCode(_ digest: [UInt8]) throws(StoreFault) -> HandoverCode? {
        try changed(
            """
            DELETE FROM handover_codes WHERE digest = $1 AND expires_at > $2
            RETURNING digest, realm, session_id, application, host, browser, return_to, expires_at
            """, [.blob(digest), .time(now)]
        ) { row throws(StoreFault) in
            HandoverCode(
                digest: try row.blob(0), realm: try row.realm(1), session: try row.id(2),
                application: try row.text(3), host: try row.text(4), browser: try row.blob(5),
                returnTo: try row.text(6), expiresAt: try row.time(7))
        }
    }

    public func deleteExpiredCodes(limit: Int) throws(StoreFault) -> Int64 {
        try change(
            """
            DELETE FROM handover_codes WHERE digest IN (
                SELECT digest FROM handover_codes WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
            """, [.time(now), .limit(limit)])
    }
}
