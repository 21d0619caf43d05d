/// Lets one task wait for "something may have happened", said any number of times from any thread; or calls something.
public final class Wakeup: Sendable {
    private struct State: ~Copyable {
        var isRung = false
        var waiting: CheckedContinuation<Void, Never>?
        var action: (@Sendable () -> Void)?
    }

    private let state = Lock(State())

    public init() {}

    /// Cheap, and never waits: rings that nobody waited for yet are one.
    public func ring() {
        typealias Rung = (waiting: CheckedContinuation<Void, Never>?, action: (@Sendable () -> Void)?)
        let rung = state.withLock { state -> Rung in
            let waiting = state.waiting.take()
            if waiting == nil, state.action == nil { state.isRung = true }
            return (waiting, state.action)
        }
        rung.waiting?.resume()
        rung.action?()
    }

    /// From now on every ring calls `action`, on whatever thread it comes from. Needs no task that waits.
    public func listen(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.action = action } }

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
