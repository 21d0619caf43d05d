internal import Concurrency

/// Connections that may be closed for newcomers, longest idle first, as of one look at all of them.
///
/// Requests do not pay for this: nothing is kept in order while they come and go. A look costs time in proportion to
/// the connections, so it finds enough for many newcomers, and happens once in ten milliseconds at most.
struct LongestIdle {
    struct Candidate {
        let connection: Connection
        let since: MonotonicTime
    }

    /// The longest idle last.
    var candidates: [Candidate] = []
    var nextLook = MonotonicTime(nanoseconds: 0)

    static let interval = Duration.milliseconds(10)
    static let fewest = 16
    /// Of those that are idle, so many are noted.
    static let share = 32
}

extension Shard {
    /// Closes the connection that waits for its client's next request for the longest time; `false` when none does.
    func closeLongestIdle() -> Bool {
        if closeNoted() { return true }
        guard loop.now >= longestIdle.nextLook else { return false }
        longestIdle.nextLook = loop.now + LongestIdle.interval
        var idle: [LongestIdle.Candidate] = []
        for connection in connections.values {
            guard let since = connection.idleSince else { continue }
            idle.append(LongestIdle.Candidate(connection: connection, since: since))
        }
        idle.sort { $0.since > $1.since }
        longestIdle.candidates = Array(idle.suffix(max(LongestIdle.fewest, idle.count / LongestIdle.share)))
        return closeNoted()
    }

    /// Closes the first of those noted that nothing came from since.
    private func closeNoted() -> Bool {
        while let candidate = longestIdle.candidates.popLast() {
            guard candidate.connection.idleSince == candidate.since else { continue }
            shared.log(.madeRoom(candidate.connection.peer))
            candidate.connection.close()
            return true
        }
        return false
    }
}
