/// A value on its way into a statement.
///
/// A driver sends the type along and never lets the database guess: `integer` is 64 bits (BIGINT), `text` is
/// UTF-8 (TEXT) and `blob` is bytes (BLOB, BYTEA). A `null` has no type of its own, so statements use it only
/// where a column gives it one.
public enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])
}
