/// What became of some rows.
public struct ImportTally: Sendable {
    public var created = 0
    public var updated = 0
    public var unchanged = 0
    public var skipped = 0
    public var refused = 0
    /// At least one for each row that was skipped or refused.
    public var problems: [ImportProblem] = []

    public init() {}

    public mutating func skip(_ problem: ImportProblem) {
        skipped += 1
        problems.append(problem)
    }

    public mutating func refuse(_ problem: ImportProblem) { refuse([problem]) }

    /// One row, whatever the number of its problems.
    public mutating func refuse(_ list: [ImportProblem]) {
        refused += 1
        problems += list
    }

    public mutating func add(_ other: ImportTally) {
        created += other.created
        updated += other.updated
        unchanged += other.unchanged
        skipped += other.skipped
        refused += other.refused
        problems += other.problems
    }

    /// By their names in replies and reports.
    public var counts: [(name: String, count: Int)] {
        [
            ("created", created), ("updated", updated), ("unchanged", unchanged), ("skipped", skipped),
            ("refused", refused),
        ]
    }
}
