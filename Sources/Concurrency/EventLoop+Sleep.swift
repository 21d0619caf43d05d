extension EventLoop {
    /// Waits without holding a thread; the caller goes on where it was.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled, or when the loop stops.
    nonisolated(nonsending) public func sleep(for duration: Duration) async throws(CancellationError) {
        let sleeper = Sleeper(loop: self, deadline: MonotonicTime.now() + duration)
        let wasCancelled = await withTaskCancellationHandler {
            await withCheckedContinuation { sleeper.begin($0) }
        } onCancel: {
            sleeper.end(wasCancelled: true)
        }
        if wasCancelled { throw CancellationError() }
    }
}

/// One wait: whoever comes first, the timer or the cancellation, resumes the task.
private final class Sleeper: Sendable {
    private enum State: Sendable {
        case new
        case waiting(CheckedContinuation<Bool, Never>)
        case ended(wasCancelled: Bool)
    }

    private let state = Lock(State.new)
    private let timer = Lock<LoopTimer?>(nil)
    private let loop: EventLoop
    private let deadline: MonotonicTime

    init(loop: EventLoop, deadline: MonotonicTime) {
        self.loop = loop
        self.deadline = deadline
    }

    func begin(_ continuation: CheckedContinuation<Bool, Never>) {
        let ended = state.withLock { state -> Bool? in
            if case .ended(let wasCancelled) = state { return wasCancelled }
            state = .waiting(continuation)
            return nil
        }
        if let ended { return continuation.resume(returning: ended) }
        if loop.isCurrent { arm() } else { loop.execute { self.arm() } }
    }

    private func arm() {
        if loop.isStopping { return end(wasCancelled: true) }
        let hasEnded = state.withLock { if case .ended = $0 { true } else { false } }
        if hasEnded { return }
        let timer = LoopTimer { [self] in
            self.timer.withLock { $0 = nil }
            end(wasCancelled: loop.isStopping)
        }
        loop.set(timer, to: deadline)
        self.timer.withLock { $0 = timer }
    }

    func end(wasCancelled: Bool) {
        let waiting = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            if case .ended = state { return nil }
            defer { state = .ended(wasCancelled: wasCancelled) }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(returning: wasCancelled)
        if wasCancelled { loop.execute { self.disarm() } }
    }

    /// A cancelled wait must not stay in the heap until its time, or an attacker could fill it.
    private func disarm() {
        if let timer = timer.withLock({ $0.take() }) { loop.cancel(timer) }
    }
}
