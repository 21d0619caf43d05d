/// The part of migration 6 for whole populations, coming and going.
extension Migration {
    /// The digest tells a row that was imported before, also after the user changed what it said.
    static let bulkOnSQLite: [StaticString] = ["ALTER TABLE users ADD COLUMN import_digest BLOB"]

    static let bulkOnPostgres: [StaticString] = ["ALTER TABLE users ADD COLUMN import_digest BYTEA"]
}
