internal import CLinux
internal import Glibc

/// One thread that polls descriptors, runs timers and executes tasks: there is one per core.
///
/// Tasks started with it (``spawn(on:_:)``, ``startNow(on:_:)``) come back to it after every `await`, so what a
/// connection owns needs no lock. Whatever blocks belongs on a ``ThreadPool``.
///
/// Owns an epoll set and an eventfd. Members marked "on the loop" must be called from its thread.
@safe public final class EventLoop: TaskExecutor, @unchecked Sendable {
    public let name: String
    /// Which lane of ``Tallies`` its thread counts in.
    private let lane: Int
    private let epoll: Int32
    private let wakeup: Int32
    private let thread = Lock<pthread_t?>(nil)

    /// Work brought by other threads. The one who fills an empty queue wakes the loop.
    private let foreign = Lock(Foreign())
    private struct Foreign: Sendable {
        var work: [Work] = []
        var isClosed = false
    }

    // Used on the loop only.
    private var local: [Work] = []
    private var batch: [Work] = []
    private let timers = TimerHeap()
    private var unregistered: [PolledFile] = []
    private var files = 0
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: EventLoop.eventsPerPoll)
    /// The time of the last poll, good enough for every timeout. On the loop.
    public private(set) var now = MonotonicTime.now()
    /// Whether ``stop()`` was called. On the loop.
    public private(set) var isStopping = false

    private static let eventsPerPoll = 256

    /// `lane` tells this loop's counters from the other loops'; see ``Tallies``.
    public init(name: String, lane: Int = 0) throws(SystemFault) {
        self.name = name
        self.lane = lane
        epoll = linux_epoll()
        guard epoll >= 0 else { throw SystemFault(call: "epoll_create1", code: errno) }
        wakeup = linux_eventfd()
        guard wakeup >= 0 else {
            let code = errno
            close(epoll)
            throw SystemFault(call: "eventfd", code: code)
        }
        // Edge-triggered and never read: every write is an edge of its own, and saves the call that would reset it.
        let problem = linux_epoll_set(
            epoll, EPOLL_CTL_ADD, wakeup, linux_epoll_in | linux_epoll_edge, nil)
        guard problem == 0 else {
            close(epoll)
            close(wakeup)
            throw SystemFault(call: "epoll_ctl", code: problem)
        }
    }

    deinit {
        close(epoll)
        close(wakeup)
        unsafe events.deallocate()
    }

    // MARK: Running

    /// The loop whose thread is calling, if any.
    public static var current: EventLoop? {
        guard let pointer = unsafe linux_current_loop() else { return nil }
        return unsafe Unmanaged<EventLoop>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// The lane of the loop whose thread is calling; 0 elsewhere. See ``Tallies``.
    public static var currentLane: Int { Int(linux_current_lane()) }

    /// Whether the caller runs on this loop's thread.
    public var isCurrent: Bool {
        unsafe linux_current_loop() == Unmanaged.passUnretained(self).toOpaque()
    }

    /// Runs the loop on a thread of its own.
    public func start() {
        thread.withLock { $0 = Thread.start(name: name) { [self] in run() } }
    }

    /// Runs the loop on the calling thread until ``stop()``.
    public func run() {
        let outer = unsafe linux_current_loop()
        unsafe linux_set_current_loop(Unmanaged.passUnretained(self).toOpaque())
        linux_set_current_lane(Int32(clamping: lane))
        while !isStopping {
            poll()
            runTimers()
            runLocalWork()
        }
        finish()
        unsafe linux_set_current_loop(outer)
    }

    /// Ends the loop after the work it has, and waits for its thread unless called from it.
    ///
    /// Sleeping tasks are woken with `CancellationError`. Tasks that come back later run on the thread that wakes
    /// them, so that none waits for ever; stop what uses descriptors of the loop before.
    public func stop() {
        execute { [self] in isStopping = true }
        if isCurrent { return }
        if let thread = thread.withLock({ $0.take() }) { pthread_join(thread, nil) }
    }

    private func poll() {
        var wait: Int32 = -1
        if !local.isEmpty {
            wait = 0
        } else if let earliest = timers.earliest {
            // Rounded up: waking a little too early would spin until the deadline.
            let milliseconds = (earliest.since(now) + .nanoseconds(999_999)) / .milliseconds(1)
            wait = Int32(min(milliseconds, 60_000))
        }
        let count = unsafe epoll_wait(epoll, events, Int32(Self.eventsPerPoll), wait)
        now = .now()
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = unsafe events[index]
            guard let pointer = unsafe event.data.ptr else {
                takeForeignWork()
                continue
            }
            // Unregistered files live until the end of this round, because later entries may still name them.
            let file = unsafe Unmanaged<PolledFile>.fromOpaque(pointer).takeUnretainedValue()
            if file.isRegistered { file.isReady(unsafe Readiness(rawValue: event.events)) }
        }
        if !unregistered.isEmpty { unregistered.removeAll() }
    }

    private func takeForeignWork() {
        foreign.withLock { foreign in
            if local.isEmpty {
                swap(&local, &foreign.work)
            } else {
                local.append(contentsOf: foreign.work)
                foreign.work.removeAll(keepingCapacity: true)
            }
        }
    }

    private func runTimers() {
        while let timer = timers.popExpired(at: now) { timer.action() }
    }

    /// Runs what is there now; what that adds waits for the next round, after the descriptors had their turn.
    private func runLocalWork() {
        guard !local.isEmpty else { return }
        swap(&local, &batch)
        for index in batch.indices { run(batch[index]) }
        batch.removeAll(keepingCapacity: batch.capacity <= 4096)
    }

    private func run(_ work: Work) {
        switch work {
        case .job(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        case .closure(let body): body()
        }
    }

    private func finish() {
        while let timer = timers.popAny() { timer.action() }
        while true {
            takeForeignWork()
            if local.isEmpty {
                let isDone = foreign.withLock { foreign in
                    foreign.isClosed = foreign.work.isEmpty
                    return foreign.isClosed
                }
                if isDone { return }
            }
            runLocalWork()
        }
    }

    // MARK: Work

    /// Runs `body` on the loop soon. From any thread.
    public func execute(_ body: @escaping @Sendable () -> Void) { add(.closure(body)) }

    public func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }

    private func add(_ work: Work) {
        if isCurrent {
            local.append(work)
            return
        }
        enum Outcome { case waiting, first, closed }
        let outcome = foreign.withLock { foreign -> Outcome in
            if foreign.isClosed { return .closed }
            foreign.work.append(work)
            return foreign.work.count == 1 ? .first : .waiting
        }
        switch outcome {
        case .waiting: break
        case .first: eventfd_write(wakeup, 1)
        case .closed: run(work)
        }
    }

    // MARK: Descriptors and timers

    /// Starts watching. On the loop.
    public func register(_ file: PolledFile, for events: Readiness) throws(SystemFault) {
        let pointer = unsafe Unmanaged.passUnretained(file).toOpaque()
        let problem = unsafe linux_epoll_set(epoll, EPOLL_CTL_ADD, file.descriptor, events.rawValue, pointer)
        guard problem == 0 else { throw SystemFault(call: "epoll_ctl", code: problem) }
        _ = unsafe Unmanaged.passUnretained(file).retain()
        file.isRegistered = true
        files += 1
    }

    /// Changes what is watched for. On the loop.
    public func change(_ file: PolledFile, to events: Readiness) {
        guard file.isRegistered else { return }
        let pointer = unsafe Unmanaged.passUnretained(file).toOpaque()
        _ = unsafe linux_epoll_set(epoll, EPOLL_CTL_MOD, file.descriptor, events.rawValue, pointer)
    }

    /// Stops watching; call it before the descriptor is closed. On the loop.
    public func unregister(_ file: PolledFile) {
        guard file.isRegistered else { return }
        file.isRegistered = false
        files -= 1
        _ = linux_epoll_set(epoll, EPOLL_CTL_DEL, file.descriptor, 0, nil)
        unregistered.append(file)
        unsafe Unmanaged.passUnretained(file).release()
    }

    /// Calls the timer's action at `deadline`, and no more at the moment set before. On the loop.
    public func set(_ timer: LoopTimer, to deadline: MonotonicTime) { timers.set(timer, to: deadline) }

    /// Forgets the timer. On the loop.
    public func cancel(_ timer: LoopTimer) { timers.remove(timer) }
}
