public import Domain
public import Storage

/// One session's counter on its way to the next; see ``Storage/StoreTransaction/advance(_:from:origin:)``.
public struct Rotation: Sendable {
    public let session: ID<Session>
    public let counter: Counter
    public let origin: SessionOrigin

    public init(_ session: ID<Session>, from counter: Counter, origin: SessionOrigin) {
        self.session = session
        self.counter = counter
        self.origin = origin
    }

    /// Whether it may share a statement: one with a text that the database refuses would fail all.
    fileprivate var isFitForCompany: Bool {
        !origin.address.utf8.contains(0) && !origin.userAgent.utf8.contains(0)
    }
}

extension SQLTransaction {
    /// Many at once, on PostgreSQL only; which of them issued the next counter, in their order.
    ///
    /// A row that another transaction holds is left alone, so that rotations never wait for one another in a ring, nor all
    /// of them for one session's row. False therefore also means: ask again, alone.
    public func advance(_ rotations: [Rotation]) throws(StoreFault) -> [Bool] {
        let fit = rotations.filter(\.isFitForCompany)
        guard !fit.isEmpty else { return rotations.map { _ in false } }
        let done = try rows(
            """
            WITH wanted AS MATERIALIZED (
                SELECT s.id, w.counter, w.address, w.user_agent, clock.now
                FROM unnest($1, $2, $3, $4) AS w (id, counter, address, user_agent)
                CROSS JOIN (SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now) AS clock
                JOIN sessions s ON s.id = w.id
                WHERE s.issued = w.counter AND s.ended_at IS NULL AND s.absolute_end > clock.now
                    AND clock.now - s.last_activity_at < s.idle_limit
                FOR UPDATE OF s SKIP LOCKED
            )
            UPDATE sessions SET issued = wanted.counter + 1, previous_seen_at = coalesce(confirmed_at, wanted.now),
                confirmed_at = NULL, address = wanted.address, user_agent = wanted.user_agent,
                last_activity_at = greatest(last_activity_at, wanted.now)
            FROM wanted WHERE sessions.id = wanted.id AND issued = wanted.counter
            RETURNING sessions.id, wanted.counter
            """,
            [
                .list(fit.map { .id($0.session) }), .list(fit.map { .integer($0.counter.value) }),
                .list(fit.map { .text($0.origin.address) }), .list(fit.map { .text($0.origin.userAgent) }),
            ]
        ) { row throws(StoreFault) in
            Issued(session: try row.id(0), counter: try row.counter(1))
        }
        var left = Set(done)
        // Of two with the same token the first takes the row, and the other hears that it was too late.
        return rotations.map { left.remove(Issued(session: $0.session, counter: $0.counter)) != nil }
    }

    private struct Issued: Hashable {
        let session: ID<Session>
        let counter: Counter
    }
}
