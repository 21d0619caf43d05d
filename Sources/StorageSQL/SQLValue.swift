/// A value on its way into a statement.
///
/// A driver sends the type along and never lets the database guess: `integer` is 64 bits (BIGINT), `text` is
/// UTF-8 (TEXT), and `blob` and `id` are bytes (BLOB, BYTEA). A `null` has no type of its own, so statements use it only
/// where a column gives it one.
public enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    /// Sixteen bytes, the highest first: what every query has one of, without an array for it.
    case id(high: UInt64, low: UInt64)
    /// At least one value, all of one type and none of them null or a list: an array, which only PostgreSQL has.
    case list([SQLValue])
}
