internal import Domain
public import Storage

extension SQLTransaction {
    /// Row by row in the order of the ids, so that two nodes writing at once cannot wait for each other in a ring: the
    /// parents are looked up first, and take their place in that order.
    public func note(_ activity: [SessionActivity]) throws(StoreFault) {
        let parents = try parents(of: activity.map(\.session))
        var carried: [ID<Session>: Timestamp] = [:]
        for item in activity {
            guard let parent = parents[item.session] else { continue }
            carried[parent] = max(carried[parent] ?? item.lastActivityAt, item.lastActivityAt)
        }
        let ofParents = carried.map { SessionActivity(session: $0.key, lastActivityAt: $0.value, confirmed: nil) }
        for item in (activity + ofParents).sorted(by: { $0.session < $1.session }) {
            _ = try change(
                """
                UPDATE sessions SET
                    last_activity_at = CASE WHEN last_activity_at < $2 THEN $2 ELSE last_activity_at END,
                    confirmed_at = CASE WHEN issued = $3 AND confirmed_at IS NULL THEN $4 ELSE confirmed_at END
                WHERE id = $1 AND ended_at IS NULL
                """,
                [
                    .id(item.session), .time(item.lastActivityAt),
                    .integer(item.confirmed?.counter.value ?? 0),  // no counter is 0
                    .integer(item.confirmed?.at.milliseconds ?? 0),
                ])
        }
    }

    /// Makes what a child does its parent's activity from its first moment, and holds the parent's row until the commit:
    /// nobody ends the parent without the child.
    func attach(_ child: Session, to parent: ID<Session>) throws(StoreFault) {
        let isParent = try change(
            """
            UPDATE sessions SET
                last_activity_at = CASE WHEN last_activity_at < $4 THEN $4 ELSE last_activity_at END
            WHERE id = $1 AND realm = $2 AND user_id = $3 AND parent IS NULL AND ended_at IS NULL
                AND absolute_end > $5 AND $5 - last_activity_at < idle_limit
                AND absolute_end >= $6 AND idle_limit >= $7
            """,
            [
                .id(parent), .realm(child.realm), .id(child.user), .time(child.lastActivityAt), .time(now),
                .time(child.absoluteEnd), .integer(child.idleLimit.wholeMilliseconds),
            ])
        guard isParent > 0 else {
            throw .constraint("a child of a session that is over, somebody else's, a child itself, or ends before it")
        }
    }

    /// PostgreSQL is asked once for all of them, because each question is a round trip; SQLite has no arrays.
    private func parents(of sessions: [ID<Session>]) throws(StoreFault) -> [ID<Session>: ID<Session>] {
        var parents: [ID<Session>: ID<Session>] = [:]
        switch Connection.dialect {
        case .sqlite:
            for session in sessions {
                parents[session] = try row(
                    "SELECT parent FROM sessions WHERE id = $1 AND parent IS NOT NULL", [.id(session)]
                ) { row throws(StoreFault) -> ID<Session> in try row.id(0) }
            }
        case .postgres:
            guard !sessions.isEmpty else { return [:] }
            let pairs = try rows(
                "SELECT id, parent FROM sessions WHERE id = ANY ($1) AND parent IS NOT NULL",
                [.list(sessions.map { .id($0) })]
            ) { row throws(StoreFault) -> (ID<Session>, ID<Session>) in (try row.id(0), try row.id(1)) }
            for (session, parent) in pairs { parents[session] = parent }
        }
        return parents
    }
}
