internal import Concurrency
public import Domain

/// A clock that stands still until it is told to move.
public final class ManualClock: Sendable {
    private let time: Lock<Timestamp>

    /// Begins at 2026-01-01T00:00:00Z unless told otherwise.
    public init(_ start: Timestamp = Timestamp(milliseconds: 1_767_225_600_000)) { time = Lock(start) }

    public var now: Timestamp { time.withLock { $0 } }
    public func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}
