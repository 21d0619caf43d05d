internal import CLinux
internal import Glibc

/// Threads for work that blocks: hashing, databases, files. One queue, first in, first out.
///
/// Blocking on an event loop would stop every connection it serves, and blocking on Swift's global pool can stop
/// the whole process; so each blocking resource has a pool of its own. The threads keep the pool alive until
/// ``shutDown()``.
public final class ThreadPool: TaskExecutor, Sendable {
    public let name: String
    public let threadCount: Int
    private let queue = WorkQueue()
    private let threads = Lock<[pthread_t]>([])

    /// - Parameters:
    ///   - name: shown by `top -H` and debuggers; the kernel keeps 15 bytes.
    ///   - threads: at least 1.
    ///   - givesWay: for work of many milliseconds: an event loop on the same processor runs as soon as it has
    ///     something to do, and not when the kernel's slice for the pool's thread (some 3 ms) is over.
    public init(name: String, threads count: Int, givesWay: Bool = false) {
        self.name = name
        threadCount = max(1, count)
        let started = (0..<threadCount).map { _ in
            Thread.start(name: name) { [self] in
                if givesWay { linux_be_nicer(10) }
                work()
            }
        }
        threads.withLock { $0 = started }
    }

    /// Runs `body` on one of the pool's threads and resumes the caller where it was.
    ///
    /// Cancellation does not interrupt C code: a body that has been queued runs, and its result is returned.
    nonisolated(nonsending) public func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let origin = Origin.current
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            execute { continuation.resume(returning: origin.working { Result(catching: body) }) }
        }
        return try result.get()
    }

    /// Queues `body` without waiting for it.
    public func execute(_ body: @escaping @Sendable () -> Void) {
        if !queue.push(.closure(body)) { body() }
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if !queue.push(.job(job)) { run(.job(job)) }
    }

    /// Finishes what is queued and joins the threads; call it from outside the pool.
    ///
    /// Work that arrives later runs on the thread that brings it, so that no task waits for ever.
    public func shutDown() {
        guard queue.close() else { return }
        let joined = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in joined { pthread_join(thread, nil) }
    }

    /// Whether the caller runs on one of this pool's threads.
    public var isCurrent: Bool {
        unsafe linux_current_pool() == Unmanaged.passUnretained(self).toOpaque()
    }

    private func work() {
        unsafe linux_set_current_pool(Unmanaged.passUnretained(self).toOpaque())
        while let work = queue.pop() { run(work) }
    }

    private func run(_ work: Work) {
        switch work {
        case .job(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
        case .closure(let body): body()
        }
    }
}
