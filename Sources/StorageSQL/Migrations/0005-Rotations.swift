extension Migration {
    /// When the token before a session's newest was seen to have arrived.
    ///
    /// The version before this one leaves the column as it is when it rotates. It then holds an earlier time, which makes
    /// the rule as strict as it was there, and never looser.
    static let rotations = Migration(
        number: 5, name: "rotations", oldestProgram: 4,
        sqlite: ["ALTER TABLE sessions ADD COLUMN previous_seen_at INTEGER"],
        postgres: ["ALTER TABLE sessions ADD COLUMN previous_seen_at BIGINT"])
}
