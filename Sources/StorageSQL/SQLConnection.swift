public import Domain
public import Storage

/// One database connection with a transaction, or a read-only snapshot, open on it.
///
/// A driver begins and ends the transaction around the use; nothing here does. After a statement failed, the
/// connection refuses every further one with the same fault until its transaction is over: PostgreSQL does so by
/// itself, and a body that swallowed a fault must not commit half of its work on SQLite either.
public protocol SQLConnection {
    associatedtype Row: SQLRow

    static var dialect: SQLDialect { get }

    /// The database's clock when the transaction, or the snapshot, began.
    var now: Timestamp { get }

    /// Runs one statement and returns how many rows it inserted, changed or deleted.
    ///
    /// `$1` stands for the first of `values`, and may appear more than once and in any order.
    func execute(_ sql: StaticString, _ values: [SQLValue]) throws(StoreFault) -> Int64

    /// Runs one statement to its end and reads each row that it returns. A row is valid only within `read`,
    /// which must not use the connection.
    func query<Value>(
        _ sql: StaticString, _ values: [SQLValue], _ read: (Row) throws(StoreFault) -> Value
    ) throws(StoreFault) -> [Value]

    /// Runs one statement that changes the schema; it has no values and is never cached.
    func define(_ sql: StaticString) throws(StoreFault)
}

/// The current row of a query; columns count from 0.
///
/// Every method throws ``Storage/StoreFault/damaged(_:)`` when the column holds something of another type.
public protocol SQLRow {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) throws(StoreFault) -> Int64
    func text(_ column: Int) throws(StoreFault) -> String
    func blob(_ column: Int) throws(StoreFault) -> [UInt8]
    /// Both halves of sixteen bytes, the highest byte first; `nil` for any other count of bytes.
    func halves(_ column: Int) throws(StoreFault) -> (high: UInt64, low: UInt64)?
}

/// Which of two texts a statement takes where the databases cannot share one.
public enum SQLDialect: Sendable {
    case sqlite
    case postgres
}
