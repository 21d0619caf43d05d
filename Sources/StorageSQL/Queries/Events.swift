public import Domain
public import Storage

extension SQLTransaction {
    /// The view leaves out what a transaction still running could precede. SQLite would find a pair's place in the
    /// index by its first half alone, which is always 0 there, and read the whole log for every look.
    public func events(after position: EventPosition?, limit: Int) throws(StoreFault) -> [PlacedEvent] {
        switch Connection.dialect {
        case .sqlite:
            try rows(
                """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE xid = $1 AND place > $2 ORDER BY xid, place LIMIT $3
                """,
                [.integer(position?.transaction ?? 0), .integer(position?.row ?? .min), .limit(limit)], readEvent)
        case .postgres:
            try rows(
                """
                SELECT xid, place, id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                    actor_id, details, personal, mac
                FROM settled_events WHERE (xid, place) > ($1, $2) ORDER BY xid, place LIMIT $3
                """,
                [.integer(position?.transaction ?? .min), .integer(position?.row ?? .min), .limit(limit)], readEvent)
        }
    }

    public func eventCount(after position: EventPosition?, limit: Int) throws(StoreFault) -> Int64 {
        let count: Int64? =
            switch Connection.dialect {
            case .sqlite:
                try row(
                    """
                    SELECT count(*) FROM
                        (SELECT 1 FROM settled_events WHERE xid = $1 AND place > $2 LIMIT $3) AS pending
                    """,
                    [.integer(position?.transaction ?? 0), .integer(position?.row ?? .min), .limit(limit)]
                ) { row throws(StoreFault) in try row.integer(0) }
            case .postgres:
                try row(
                    """
                    SELECT count(*) FROM
                        (SELECT 1 FROM settled_events WHERE (xid, place) > ($1, $2) ORDER BY xid, place LIMIT $3)
                        AS pending
                    """,
                    [.integer(position?.transaction ?? .min), .integer(position?.row ?? .min), .limit(limit)]
                ) { row throws(StoreFault) in try row.integer(0) }
            }
        return count ?? 0
    }

    public func eventPosition(of id: ID<Event>) throws(StoreFault) -> EventPosition? {
        try row("SELECT xid, place FROM events WHERE id = $1", [.id(id)]) { row throws(StoreFault) in
            EventPosition(transaction: try row.integer(0), row: try row.integer(1))
        }
    }

    /// The database itself gives the position: see the defaults of the columns `xid` and `place`.
    public func append(_ event: Event, mac: [UInt8], labels: EventLabels) throws(StoreFault) {
        _ = try change(
            """
            INSERT INTO events (id, happened_at, realm, node, did, status, confirmed_by, if_ok, if_doubt, if_not,
                actor_id, details, personal, mac, kind, application, request_id, session_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            """,
            [
                .id(event.id), .time(event.time), .realm(event.realm), .text(event.node), .text(event.did),
                .flag(event.status), .text(event.confirmedBy), .text(event.consequences.ifOK),
                .text(event.consequences.ifDoubt), .text(event.consequences.ifNot), .id(event.actor),
                .text(event.details), .blob(Event.SealedPart.encode(event.personal)), .blob(mac),
                .text(labels.kind), .text(labels.application), .text(labels.request), .text(labels.session),
            ])
    }
}

/// A row that this program cannot have written is read as an event without a MAC, which its reader shows as forged:
/// one such row must not keep everybody from the others.
func readEvent(_ row: some SQLRow) throws(StoreFault) -> PlacedEvent {
    let position = EventPosition(transaction: try row.integer(0), row: try row.integer(1))
    do {
        return PlacedEvent(position: position, event: try wellFormedEvent(row), mac: try row.blob(15))
    } catch .damaged {
        let nothing = Event.Consequences(ifOK: "", ifDoubt: "", ifNot: "")
        let unreadable = Event(
            id: ID(high: 0, low: UInt64(bitPattern: position.row)), time: Timestamp(milliseconds: 0), realm: .system,
            node: "", did: "unreadable_event", status: false, confirmedBy: "", consequences: nothing, actor: nil,
            details: "{}", personal: [])
        return PlacedEvent(position: position, event: unreadable, mac: [])
    }
}

private func wellFormedEvent(_ row: some SQLRow) throws(StoreFault) -> Event {
    guard let personal = Event.SealedPart.decode(try row.blob(14)) else {
        throw .damaged("an event's sealed parts cannot be told apart")
    }
    return Event(
        id: try row.id(2), time: try row.time(3), realm: try row.realm(4), node: try row.text(5),
        did: try row.text(6), status: try row.flag(7), confirmedBy: try row.text(8),
        consequences: Event.Consequences(
            ifOK: try row.text(9), ifDoubt: try row.text(10), ifNot: try row.text(11)),
        actor: row.isNull(12) ? nil : try row.id(12), details: try row.text(13), personal: personal)
}
