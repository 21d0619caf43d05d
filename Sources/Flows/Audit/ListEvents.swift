public import Domain
public import Storage

/// One realm's audit, searched, a page at a time.
///
/// A page is bounded in what it costs, not only in what it holds: where many events must be looked at for each that
/// matches, it ends early, with a place to go on from.
public struct ListEvents: Sendable {
    let store: any Store
    let reader: EventReader

    /// Rows looked at for one page, at most.
    static let budget = 2_000
    /// How far the times of events may be out of the order of their commits: transactions last seconds at most.
    static let disorder = Duration.seconds(600)

    public struct Page: Sendable {
        public let entries: [LogEntry]
        /// Where the next page begins; `nil` at the end.
        public let next: EventPosition?

        public var lines: [LogLine] { entries.map(\.line) }
    }

    public func callAsFunction(
        in realm: RealmName, matching filter: EventFilter = EventFilter(), _ order: EventOrder = .newestFirst,
        from position: EventPosition? = nil, limit: Int
    ) async throws(StoreFault) -> Page {
        let found = try await store.read(in: .realm(realm)) { (tx) throws(StoreFault) -> Found in
            let wanted = try filter.resolve(in: realm, tx)
            guard !wanted.isEmpty else { return Found() }
            var search = try Search(wanted, realm: realm, order, from: position, tx)
            return try search.run(limit: limit, tx)
        }
        return Page(
            entries: found.events.map { LogEntry(position: $0.placed.position, line: reader.line($0)) },
            next: found.next)
    }

    /// The newest event's place, of whatever realm: what comes after it is new.
    public func newest() async throws(StoreFault) -> EventPosition {
        try await store.read { (tx) throws(StoreFault) in try tx.newestEventPosition() } ?? .beginning
    }

    private struct Found: Sendable {
        var events: [EventReader.Sealed] = []
        var next: EventPosition?
    }

    /// One walk along an index, from one place towards another.
    private struct Search {
        let wanted: EventFilter.Resolved
        let realm: RealmName
        let order: EventOrder
        var place: EventPosition?
        /// The last place that can matter; `nil` for the end of the log.
        let end: EventPosition?

        init(
            _ wanted: EventFilter.Resolved, realm: RealmName, _ order: EventOrder, from position: EventPosition?,
            _ tx: any StoreReader
        ) throws(StoreFault) {
            self.wanted = wanted
            self.realm = realm
            self.order = order
            let first = try wanted.from.flatMap { time throws(StoreFault) in
                try Self.earliest(from: time - ListEvents.disorder, realm, tx)
            }
            let last = try wanted.to.flatMap { time throws(StoreFault) in
                try Self.latest(before: time + ListEvents.disorder, realm, tx)
            }
            // A bound is itself included; a place to go on from is not.
            switch order {
            case .newestFirst:
                let bound = last.map { EventPosition(transaction: $0.transaction, row: $0.row &+ 1) }
                place = [position, bound].compactMap(\.self).min()
                end = first
            case .oldestFirst:
                let bound = first.map { EventPosition(transaction: $0.transaction, row: $0.row &- 1) }
                place = [position, bound].compactMap(\.self).max()
                end = last
            }
        }

        /// Times do not quite follow the order of commits, and a clock that was wrong once leaves times that do not
        /// follow it at all. So both neighbours of a time count, and the one that excludes less wins.
        private static func earliest(
            from time: Timestamp, _ realm: RealmName, _ tx: any StoreReader
        ) throws(StoreFault) -> EventPosition? {
            let (before, after) = try tx.eventPositions(realm: realm, around: time)
            guard let before else { return nil }
            return after.map { min(before, $0) } ?? before
        }

        private static func latest(
            before time: Timestamp, _ realm: RealmName, _ tx: any StoreReader
        ) throws(StoreFault) -> EventPosition? {
            let (before, after) = try tx.eventPositions(realm: realm, around: time)
            guard let after else { return nil }
            return before.map { max($0, after) } ?? after
        }

        private func isBeyondEnd(_ position: EventPosition) -> Bool {
            guard let end else { return false }
            switch order {
            case .newestFirst: return position < end
            case .oldestFirst: return position > end
            }
        }

        mutating func run(limit: Int, _ tx: any StoreReader) throws(StoreFault) -> Found {
            var matching: [PlacedEvent] = []
            var looked = 0
            while looked < ListEvents.budget {
                let size = min(looked == 0 ? limit + 1 : 500, ListEvents.budget - looked)
                let rows = try tx.events(realm: realm, having: wanted.key, order, from: place, limit: size)
                looked += rows.count
                for row in rows {
                    if isBeyondEnd(row.position) { return Found(events: try sealed(matching, tx), next: nil) }
                    if wanted.matches(row.event) {
                        if matching.count == limit {
                            return Found(events: try sealed(matching, tx), next: matching.last?.position)
                        }
                        matching.append(row)
                    }
                    place = row.position
                }
                if rows.count < size { return Found(events: try sealed(matching, tx), next: nil) }
            }
            return Found(events: try sealed(matching, tx), next: place)
        }

        private func sealed(_ events: [PlacedEvent], _ tx: any StoreReader) throws(StoreFault) -> [EventReader.Sealed] {
            try EventReader.withKeys(events, tx)
        }
    }
}
