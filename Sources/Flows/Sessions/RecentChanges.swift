internal import Storage

/// The order of what was invalidated lately, so that a fill that began before can be told from one that began after.
struct RecentChanges: Sendable {
    private static let limit = 1_024
    private(set) var sequence: UInt64 = 0
    private var recent: [Change] = []

    /// A place in the order of invalidations; taken before the reads of a fill.
    struct Mark: Sendable { fileprivate let sequence: UInt64 }

    var mark: Mark { Mark(sequence: sequence) }

    mutating func add(_ change: Change) {
        sequence += 1
        recent.append(change)
        if recent.count > Self.limit { recent.removeFirst(recent.count - Self.limit / 2) }
    }

    /// For when it is not known what changed: every fill under way is dropped.
    mutating func addEverything() {
        sequence += UInt64(Self.limit) + 1
        recent = []
    }

    /// Whether something that `concerns` a fill changed since; true also where that is not known any more.
    func since(_ mark: Mark, _ concerns: (Change) -> Bool) -> Bool {
        guard mark.sequence <= sequence, sequence - mark.sequence <= UInt64(recent.count) else { return true }
        let missed = sequence - mark.sequence
        return recent.suffix(Int(missed)).contains(where: concerns)
    }
}
