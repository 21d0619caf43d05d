/// Lets one task wait for "something may have happened", said any number of times from any thread.
public final class Wakeup: Sendable {
    private struct State: ~Copyable {
        var isRung = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state = Lock(State())

    public init() {}

    /// Cheap, and never waits: rings that nobody waited for yet are one.
    public func ring() {
        let waiting = state.withLock { state in
            guard let waiting = state.waiting.take() else {
                state.isRung = true
                return CheckedContinuation<Void, Never>?.none
            }
            return waiting
        }
        waiting?.resume()
    }

    /// Returns at the next ring, or at once when there was one since the last wait. For one task at a time.
    public func wait() async {
        await withCheckedContinuation { continuation in
            let isRung = state.withLock { state in
                if state.isRung {
                    state.isRung = false
                    return true
                }
                state.waiting = continuation
                return false
            }
            if isRung { continuation.resume() }
        }
    }
}
