extension EventSearches {
    static let postgres = EventSearches(
        all: Directions(
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
                """),
        actor: Directions(
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
                """),
        did: Directions(
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
                """),
        refused: Directions(
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
                """),
        confirmedBy: Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND confirmed_by = $2
                    AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND confirmed_by = $2
                    AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """),
        ifOK: Directions(
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
                """),
        ifDoubt: Directions(
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
                """),
        ifNot: Directions(
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
                """),
        kind: Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND kind = $2 AND kind <> 'event'
                    AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND kind = $2 AND kind <> 'event'
                    AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """),
        application: Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND application = $2 AND application <> ''
                    AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND application = $2 AND application <> ''
                    AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """),
        request: Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND request_id = $2 AND request_id <> ''
                    AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND request_id = $2 AND request_id <> ''
                    AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """),
        session: Directions(
            newestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND session_id = $2 AND session_id <> ''
                    AND (xid, place) < ($3, $4)
                ORDER BY xid DESC, place DESC LIMIT $5
                """,
            oldestFirst: """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE realm = $1 AND session_id = $2 AND session_id <> ''
                    AND (xid, place) > ($3, $4)
                ORDER BY xid, place LIMIT $5
                """))
}
