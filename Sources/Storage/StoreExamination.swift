/// What a database says about itself, for operators.
public struct StoreExamination: Sendable {
    public enum Kind: String, Sendable {
        case sqlite
        case postgres
    }

    public let kind: Kind
    /// How far the schema is, and how far this program would bring it.
    public let schemaVersion: Int64
    public let newestSchemaVersion: Int64
    /// How far the database's clock is ahead of this machine's; `nil` where it is the same clock.
    public let clockOffset: Duration?
    /// Settings under the names that the database itself uses, with what it answered.
    public let facts: [String: String]

    public init(
        kind: Kind, schemaVersion: Int64, newestSchemaVersion: Int64, clockOffset: Duration?, facts: [String: String]
    ) {
        self.kind = kind
        self.schemaVersion = schemaVersion
        self.newestSchemaVersion = newestSchemaVersion
        self.clockOffset = clockOffset
        self.facts = facts
    }
}
