internal import Synchronization

/// Decides who may use an expensive ``ThreadPool`` when more want it than it can serve.
///
/// Work waits here and not in the pool's own queue, so that the choice is made as late as possible: round robin over
/// sources, each with at most an eighth of the places, a quarter of the places for known clients only. A known and
/// an unknown client of the same source are two sources, so a flood from behind somebody's router does not shut
/// out that somebody.
///
/// A place is worth having only if its turn comes soon, and how soon depends on the machine: so there is also no
/// place for somebody whose turn would come later than what a client waits for, of which, again, a quarter is for
/// known clients. Whoever was cancelled or waited past the deadline is dropped before any work is done.
public final class FairQueue: Sendable {
    public enum Refusal: Error, Hashable, Sendable {
        /// All places, or those of this source, are taken.
        case full(retryAfter: Duration)
        case tooLate
        case cancelled
    }

    let pool: ThreadPool
    let places: Int
    private let patience: Duration
    private let deadline: Duration
    private let state = Lock(State())
    let fates = Tallies(count: Fate.allCases.count)
    let waits = Histogram(bounds: Histogram.latencies)
    let work = Histogram(bounds: Histogram.latencies)

    /// - Parameters:
    ///   - places: how many may wait, beside those being served.
    ///   - patience: the longest wait that anybody begins with, as far as it can be foreseen; the deadline where
    ///     none is given. The next eight turns are waited for however long they take.
    ///   - deadline: the longest wait that still makes sense to serve, where others came in between.
    public init(pool: ThreadPool, places: Int, patience: Duration? = nil, deadline: Duration) {
        self.pool = pool
        self.places = max(1, places)
        self.patience = patience ?? deadline
        self.deadline = deadline
    }

    /// How many wait now.
    public var waiting: Int { state.withLock { $0.waiting } }

    var occupation: (waiting: Int, running: Int) { state.withLock { ($0.waiting, $0.active) } }

    /// Runs `body` on the pool when its turn comes and resumes the caller where it was.
    ///
    /// - Parameters:
    ///   - source: what counts as one client, such as a network.
    ///   - isKnown: whether the client proved to have been here before.
    /// - Throws: ``Refusal``, and then `body` did not run and will not.
    nonisolated(nonsending) public func run<Value: Sendable>(
        source: String, isKnown: Bool, _ body: @escaping @Sendable () -> Value
    ) async throws(Refusal) -> Value {
        let now = MonotonicTime.now()
        let waiter = Waiter(lane: Lane(source: source, isKnown: isKnown), asked: now, deadline: now + deadline)
        let origin = Origin.current
        let result: Result<Value, Refusal> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiter.outcome.withLock { outcome in
                    outcome = { refusal in
                        if let refusal {
                            continuation.resume(returning: .failure(refusal))
                        } else {
                            continuation.resume(returning: .success(origin.working(body)))
                        }
                    }
                }
                admit(waiter)
            }
        } onCancel: {
            cancel(waiter)
        }
        return try result.get()
    }

    private func admit(_ waiter: Waiter) {
        enum Verdict {
            case runs, waits
            case refused(Refusal)
        }
        var late: [Waiter] = []
        let verdict = state.withLock { state -> Verdict in
            if waiter.isCancelled.load(ordering: .relaxed) { return .refused(.cancelled) }
            if state.active < pool.threadCount {
                state.active += 1
                return .runs
            }
            let turns = state.turns(within: patience, threads: pool.threadCount)
            if !state.hasRoom(for: waiter.lane, places: places, turns: turns) { late = state.dropLate(at: .now()) }
            guard state.hasRoom(for: waiter.lane, places: places, turns: turns) else {
                return .refused(.full(retryAfter: state.estimate(threads: pool.threadCount)))
            }
            state.append(waiter)
            return .waits
        }
        for waiter in late { end(waiter, .tooLate) }
        switch verdict {
        case .runs: pool.execute { [self] in serve(waiter) }
        case .waits: break
        case .refused(let refusal): end(waiter, refusal)
        }
    }

    private func cancel(_ waiter: Waiter) {
        let wasWaiting = state.withLock { state in
            waiter.isCancelled.store(true, ordering: .relaxed)
            return state.remove(waiter)
        }
        if wasWaiting { end(waiter, .cancelled) }
    }

    private func end(_ waiter: Waiter, _ refusal: Refusal?) {
        fates.add(at: Fate(refusal).rawValue)
        waiter.end(refusal)
    }

    /// Serves one waiter after the other on the calling pool thread, until nobody waits.
    private func serve(_ first: Waiter) {
        var next: Waiter? = first
        while let waiter = next {
            let start = MonotonicTime.now()
            let refusal: Refusal? =
                waiter.isCancelled.load(ordering: .relaxed) ? .cancelled : start > waiter.deadline ? .tooLate : nil
            if refusal == nil { waits.note(start.since(waiter.asked)) }
            end(waiter, refusal)
            let took = MonotonicTime.now().since(start)
            if refusal == nil { work.note(took) }
            next = state.withLock { state in
                if refusal == nil { state.note(took) }
                let next = state.popFirst()
                if next == nil { state.active -= 1 }
                return next
            }
        }
    }
}

private struct Lane: Hashable, Sendable {
    let source: String
    let isKnown: Bool
}

private final class Waiter: Sendable {
    let lane: Lane
    let asked: MonotonicTime
    let deadline: MonotonicTime
    let isCancelled = Atomic(false)
    /// Runs the body, or resumes with the refusal; taken out by whoever calls it.
    let outcome = Lock<(@Sendable (FairQueue.Refusal?) -> Void)?>(nil)

    init(lane: Lane, asked: MonotonicTime, deadline: MonotonicTime) {
        self.lane = lane
        self.asked = asked
        self.deadline = deadline
    }

    func end(_ refusal: FairQueue.Refusal?) {
        outcome.withLock { $0.take() }?(refusal)
    }
}

private struct State: Sendable {
    var active = 0
    private(set) var waiting = 0
    private var lanes: [Lane: [Waiter]] = [:]
    /// Lanes with waiters, the one whose turn is next in front.
    private var turns: [Lane] = []
    /// A moving average of how long one piece of work takes.
    private var usual = Duration.milliseconds(20)

    /// `turns` is how many may be foreseen before a waiter's own.
    func hasRoom(for lane: Lane, places: Int, turns: Int) -> Bool {
        func open(_ all: Int) -> Int { lane.isKnown ? all : all - all / 4 }
        let own = lanes[lane]?.count ?? 0
        // As if every lane that has waiters went on having some: whoever comes later has turns before a lane's second.
        let others = self.turns.count - (own > 0 ? 1 : 0)
        return waiting < open(places) && own < max(1, places / 8) && own + (own + 1) * others < open(turns)
    }

    /// How many turns come within `patience`; eight at least, so that costly work is not refused for its cost.
    func turns(within patience: Duration, threads: Int) -> Int {
        max(8, Int(patience / max(usual, .microseconds(1)) * Double(threads)))
    }

    mutating func append(_ waiter: Waiter) {
        if lanes[waiter.lane] == nil { turns.append(waiter.lane) }
        lanes[waiter.lane, default: []].append(waiter)
        waiting += 1
    }

    mutating func popFirst() -> Waiter? {
        guard let lane = turns.first, let waiter = lanes[lane]?.first else { return nil }
        turns.removeFirst()
        _ = remove(waiter)
        if lanes[lane] != nil { turns.append(lane) }
        return waiter
    }

    mutating func remove(_ waiter: Waiter) -> Bool {
        guard let index = lanes[waiter.lane]?.firstIndex(where: { $0 === waiter }) else { return false }
        lanes[waiter.lane]?.remove(at: index)
        waiting -= 1
        if lanes[waiter.lane]?.isEmpty == true {
            lanes[waiter.lane] = nil
            turns.removeAll { $0 == waiter.lane }
        }
        return true
    }

    mutating func dropLate(at now: MonotonicTime) -> [Waiter] {
        let late = lanes.values.joined().filter { $0.deadline < now }
        for waiter in late { _ = remove(waiter) }
        return late
    }

    mutating func note(_ time: Duration) { usual = (usual * 7 + time) / 8 }

    /// When a place is likely to be free; whole seconds, one at least, as `Retry-After` wants it.
    func estimate(threads: Int) -> Duration {
        .seconds(1 + (usual * waiting / threads).components.seconds)
    }
}
