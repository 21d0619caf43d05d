public import Domain
public import Storage

extension SQLTransaction {
    public func events(
        realm: RealmName, having key: EventKey?, _ order: EventOrder, from position: EventPosition?, limit: Int
    ) throws(StoreFault) -> [PlacedEvent] {
        let start = position ?? Self.end(order)
        let place: [SQLValue] = [.integer(start.transaction), .integer(start.row), .limit(limit)]
        switch key {
        case nil: return try rows(Self.searches.all[order], [.realm(realm)] + place, readEvent)
        case .refused: return try rows(Self.searches.refused[order], [.realm(realm)] + place, readEvent)
        case .actor(let id): return try rows(Self.searches.actor[order], [.realm(realm), .id(id)] + place, readEvent)
        case .did(let text): return try rows(Self.searches.did[order], [.realm(realm), .text(text)] + place, readEvent)
        case .confirmedBy(let text):
            return try rows(Self.searches.confirmedBy[order], [.realm(realm), .text(text)] + place, readEvent)
        case .ifOK(let text):
            return try rows(Self.searches.ifOK[order], [.realm(realm), .text(text)] + place, readEvent)
        case .ifDoubt(let text):
            return try rows(Self.searches.ifDoubt[order], [.realm(realm), .text(text)] + place, readEvent)
        case .ifNot(let text):
            return try rows(Self.searches.ifNot[order], [.realm(realm), .text(text)] + place, readEvent)
        case .kind(let text):
            return try rows(Self.searches.kind[order], [.realm(realm), .text(text)] + place, readEvent)
        case .application(let text):
            return try rows(Self.searches.application[order], [.realm(realm), .text(text)] + place, readEvent)
        case .request(let text):
            return try rows(Self.searches.request[order], [.realm(realm), .text(text)] + place, readEvent)
        case .session(let text):
            return try rows(Self.searches.session[order], [.realm(realm), .text(text)] + place, readEvent)
        }
    }

    /// Where to begin without a place: on SQLite every transaction is 0.
    private static func end(_ order: EventOrder) -> EventPosition {
        let isFirst = order == .oldestFirst
        switch Connection.dialect {
        case .sqlite: return EventPosition(transaction: 0, row: isFirst ? .min : .max)
        case .postgres: return EventPosition(transaction: isFirst ? .min : .max, row: isFirst ? .min : .max)
        }
    }

    private static var searches: EventSearches {
        switch Connection.dialect {
        case .sqlite: .sqlite
        case .postgres: .postgres
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
