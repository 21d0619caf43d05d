/// Why the rest of a file of rows cannot be read: what would follow could be taken for something else than it is.
public struct TableFault: Error, Hashable, Sendable {
    public let reason: Reason
    /// Counted from 1.
    public let line: Int

    public init(_ reason: Reason, line: Int) {
        self.reason = reason
        self.line = line
    }

    public enum Reason: String, CaseIterable, Sendable {
        /// A quotation mark within a field that does not begin with one.
        case strayQuote = "stray_quote"
        /// Something other than a comma or a line end behind a closing quotation mark.
        case textAfterQuote = "text_after_quote"
        /// A carriage return without a line feed.
        case strayCarriageReturn = "stray_carriage_return"
        /// The file ends within quotation marks, a statement or a table.
        case unfinished
        case tooLong = "too_long"
        case tooManyFields = "too_many_fields"
        /// An INSERT or COPY of the table that is written in a way that is not understood.
        case malformedStatement = "malformed_statement"
        /// An INSERT that does not name its columns.
        case noColumns = "no_columns"
    }
}
