internal import Concurrency
internal import HTTPServer

/// When a server that died is replaced: at once, and later each time when it dies again and again.
struct Backoff {
    private var deaths: [MonotonicTime] = []
    /// Deaths in a row before the server ever answered.
    private(set) var failedStarts = 0

    private static let memory = Duration.seconds(10)
    private static let longest = Duration.seconds(5)
    /// Deaths within ``memory`` that cost no waiting: a source that causes them is kept out after the third.
    private static let free = 4

    /// Notes a death; returns how long to wait before the next server starts.
    mutating func died(at now: MonotonicTime, wasReady: Bool) -> Duration {
        deaths.removeAll { $0 + Self.memory <= now }
        deaths.append(now)
        failedStarts = wasReady ? 0 : failedStarts + 1
        let steps = max(failedStarts, deaths.count - Self.free)
        guard steps > 0 else { return .zero }
        return min(.milliseconds(10) * (1 << min(steps - 1, 16)), Self.longest)
    }
}

/// Which sources' requests ended the server, and when a source has done so too often.
struct BlameTally {
    private var times: [RequestJournal.Source: [MonotonicTime]] = [:]

    static let limit = 3
    static let period = Duration.seconds(10)
    static let exclusion = Duration.seconds(600)

    /// `true` when the source is to be kept out from now on.
    mutating func blame(_ source: RequestJournal.Source, at now: MonotonicTime) -> Bool {
        // A process of this machine is no source that one could keep out without keeping out a proxy.
        guard source.block != nil else { return false }
        times = times.filter { entry in entry.value.contains { $0 + Self.period > now } }
        let recent = (times[source] ?? []).filter { $0 + Self.period > now } + [now]
        times[source] = recent.count < Self.limit ? recent : nil
        return recent.count >= Self.limit
    }
}
