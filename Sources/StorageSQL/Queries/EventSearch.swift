public import Domain
public import Storage

extension SQLTransaction {
    public func events(
        realm: RealmName, having key: EventKey?, _ order: EventOrder, from position: EventPosition?, limit: Int
    ) throws(StoreFault) -> [PlacedEvent] {
        let start =
            switch order {
            case .newestFirst: position ?? EventPosition(transaction: .max, row: .max)
            case .oldestFirst: position ?? EventPosition(transaction: .min, row: .min)
            }
        let place: [SQLValue] = [.integer(start.transaction), .integer(start.row), .limit(limit)]
        switch key {
        case nil: return try rows(Self.all[order], [.realm(realm)] + place, readEvent)
        case .refused: return try rows(Self.refused[order], [.realm(realm)] + place, readEvent)
        case .actor(let id): return try rows(Self.actor[order], [.realm(realm), .id(id)] + place, readEvent)
        case .did(let text): return try rows(Self.did[order], [.realm(realm), .text(text)] + place, readEvent)
        case .confirmedBy(let text):
            return try rows(Self.confirmedBy[order], [.realm(realm), .text(text)] + place, readEvent)
        case .ifOK(let text): return try rows(Self.ifOK[order], [.realm(realm), .text(text)] + place, readEvent)
        case .ifDoubt(let text): return try rows(Self.ifDoubt[order], [.realm(realm), .text(text)] + place, readEvent)
        case .ifNot(let text): return try rows(Self.ifNot[order], [.realm(realm), .text(text)] + place, readEvent)
        case .kind(let text): return try rows(Self.kind[order], [.realm(realm), .text(text)] + place, readEvent)
        case .application(let text):
            return try rows(Self.application[order], [.realm(realm), .text(text)] + place, readEvent)
        case .request(let text): return try rows(Self.request[order], [.realm(realm), .text(text)] + place, readEvent)
        case .session(let text): return try rows(Self.session[order], [.realm(realm), .text(text)] + place, readEvent)
        }
    }

    public func newestEventPosition() throws(StoreFault) -> EventPosition? {
        try row("SELECT xid, place FROM settled_events ORDER BY xid DESC, place DESC LIMIT 1", [], readPosition)
    }

    public func eventPositions(
        realm: RealmName, around time: Timestamp
    ) throws(StoreFault) -> (before: EventPosition?, after: EventPosition?) {
        let before = try row(
            """
            SELECT xid, place FROM settled_events WHERE realm = $1 AND happened_at < $2
            ORDER BY happened_at DESC LIMIT 1
            """, [.realm(realm), .time(time)], readPosition)
        let after = try row(
            """
            SELECT xid, place FROM settled_events WHERE realm = $1 AND happened_at >= $2
            ORDER BY happened_at LIMIT 1
            """, [.realm(realm), .time(time)], readPosition)
        return (before, after)
    }
}

private func readPosition(_ row: some SQLRow) throws(StoreFault) -> EventPosition {
    EventPosition(transaction: try row.integer(0), row: try row.integer(1))
}

/// One question in both directions.
private struct Directions {
    let newestFirst: StaticString
    let oldestFirst: StaticString

    subscript(order: EventOrder) -> StaticString {
        switch order {
        case .newestFirst: newestFirst
        case .oldestFirst: oldestFirst
        }
    }
}

// Each is answered by one index, `events_by_` and the column, read in its order. Where the condition names a value
// that is left out, the index leaves it out too.
extension SQLTransaction {
    private static var all: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND (xid, place) < ($2, $3)
                ORDER BY xid DESC, place DESC LIMIT $4
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND (xid, place) > ($2, $3)
                ORDER BY xid, place LIMIT $4
                """)
    }

    private static var actor: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND actor_id = $2 AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND actor_id = $2 AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }

    private static var did: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND did = $2 AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND did = $2 AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }

    private static var refused: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND status = 0 AND (xid, place) < ($2, $3)
                ORDER BY xid DESC, place DESC LIMIT $4
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND status = 0 AND (xid, place) > ($2, $3)
                ORDER BY xid, place LIMIT $4
                """)
    }

    private static var confirmedBy: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND confirmed_by = $2 AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND confirmed_by = $2 AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }

    private static var ifOK: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND if_ok = $2 AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND if_ok = $2 AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }

    private static var ifDoubt: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND if_doubt = $2 AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND if_doubt = $2 AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }

    private static var ifNot: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND if_not = $2 AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND if_not = $2 AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }

    private static var kind: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND kind = $2 AND kind <> 'event' AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND kind = $2 AND kind <> 'event' AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }

    private static var application: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND application = $2 AND application <> '' AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND application = $2 AND application <> '' AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }

    private static var request: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND request_id = $2 AND request_id <> '' AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND request_id = $2 AND request_id <> '' AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }

    private static var session: Directions {
        Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND session_id = $2 AND session_id <> '' AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND session_id = $2 AND session_id <> '' AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """)
    }
}
