internal import Synchronization

/// Whether what this node remembers may be believed: where other nodes may change the same data, not later than 500 ms
/// after the start of the last completed look at their feed.
final class Lease: Sendable {
    /// In milliseconds.
    static let length: Int64 = 500
    let isShared: Bool
    /// Milliseconds of a clock that never steps back.
    let monotonic: @Sendable () -> Int64
    private let end = Atomic<Int64>(0)

    init(isShared: Bool, monotonic: @escaping @Sendable () -> Int64) {
        self.isShared = isShared
        self.monotonic = monotonic
    }

    var isHeld: Bool { !isShared || monotonic() < end.load(ordering: .acquiring) }

    /// When the look began that the lease was last extended for; `nil` before the first.
    var start: Int64? {
        let end = end.load(ordering: .acquiring)
        return end == 0 ? nil : end - Self.length
    }

    func extend(from start: Int64) { end.store(start + Self.length, ordering: .releasing) }
}
