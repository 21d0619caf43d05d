internal import Domain
internal import Storage

extension SQLValue {
    static func id<Entity>(_ id: ID<Entity>) -> SQLValue { .id(high: id.high, low: id.low) }
    static func id<Entity>(_ id: ID<Entity>?) -> SQLValue { id.map { .id($0) } ?? .null }
    static func time(_ time: Timestamp) -> SQLValue { .integer(time.milliseconds) }
    static func time(_ time: Timestamp?) -> SQLValue { time.map { .integer($0.milliseconds) } ?? .null }
    static func realm(_ realm: RealmName) -> SQLValue { .text(realm.text) }
    static func flag(_ flag: Bool) -> SQLValue { .integer(flag ? 1 : 0) }
    /// A count of rows from a caller; a negative one means none on both databases.
    static func limit(_ limit: Int) -> SQLValue { .integer(Int64(max(0, limit))) }
}

extension SQLRow {
    func id<Entity>(_ column: Int, as: Entity.Type = Entity.self) throws(StoreFault) -> ID<Entity> {
        guard let (high, low) = try halves(column) else { throw .damaged("an id is not sixteen bytes") }
        return ID(high: high, low: low)
    }

    func time(_ column: Int) throws(StoreFault) -> Timestamp { Timestamp(milliseconds: try integer(column)) }

    func optionalTime(_ column: Int) throws(StoreFault) -> Timestamp? { isNull(column) ? nil : try time(column) }

    func flag(_ column: Int) throws(StoreFault) -> Bool { try integer(column) != 0 }

    func realm(_ column: Int) throws(StoreFault) -> RealmName {
        guard let realm = RealmName(try text(column)) else { throw .damaged("a realm's name is not one") }
        return realm
    }

    func counter(_ column: Int) throws(StoreFault) -> Counter {
        guard let counter = Counter(try integer(column)) else { throw .damaged("a counter is below 1") }
        return counter
    }
}
