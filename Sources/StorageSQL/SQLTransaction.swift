public import Domain
public import Storage

/// Storage's protocol on top of one connection; the queries are extensions, one file per table.
///
/// A driver makes one for every transaction and every snapshot, after it began.
public struct SQLTransaction<Connection: SQLConnection>: StoreTransaction {
    let connection: Connection

    public init(_ connection: Connection) { self.connection = connection }

    public var now: Timestamp { connection.now }
}

extension SQLTransaction {
    /// Looks rows up. A text with a NUL character is stored nowhere, so it finds nothing.
    func rows<Value>(
        _ sql: StaticString, _ values: [SQLValue], _ read: (Connection.Row) throws(StoreFault) -> Value
    ) throws(StoreFault) -> [Value] {
        if values.contains(where: \.holdsNUL) { return [] }
        return try connection.query(sql, values, read)
    }

    /// As ``rows(_:_:_:)``, where at most one row can match.
    func row<Value>(
        _ sql: StaticString, _ values: [SQLValue], _ read: (Connection.Row) throws(StoreFault) -> Value
    ) throws(StoreFault) -> Value? {
        try rows(sql, values, read).first
    }

    /// Changes rows and returns how many.
    func change(_ sql: StaticString, _ values: [SQLValue]) throws(StoreFault) -> Int64 {
        try refuseNUL(in: values)
        return try connection.execute(sql, values)
    }

    /// Changes rows and returns what the statement says about the first of them.
    func changed<Value>(
        _ sql: StaticString, _ values: [SQLValue], _ read: (Connection.Row) throws(StoreFault) -> Value
    ) throws(StoreFault) -> Value? {
        try refuseNUL(in: values)
        return try connection.query(sql, values, read).first
    }

    /// PostgreSQL's TEXT cannot hold U+0000, so neither database is asked to. Names that people choose were
    /// checked long before, and JSON escapes it.
    private func refuseNUL(in values: [SQLValue]) throws(StoreFault) {
        if values.contains(where: \.holdsNUL) { throw .constraint("a text holds a NUL character") }
    }
}

extension SQLValue {
    fileprivate var holdsNUL: Bool {
        guard case .text(let text) = self else { return false }
        return text.utf8.contains(0)
    }
}
