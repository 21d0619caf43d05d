internal import Concurrency
internal import Domain
internal import Storage
internal import StorageSQL

/// The only connection that writes, and its thread.
///
/// A durable commit costs one wait for the disk, however much is in it. So whatever waits when a commit begins
/// goes into it together, each behind a savepoint of its own that undoes it without touching the others. Nobody
/// is answered, not even with a refusal, before COMMIT returned: until then all that was read may still vanish.
final class SQLiteWriter: Sendable {
    private let connection: SQLiteConnection
    private let thread: ThreadPool
    private let queue = Lock(Queue())
    /// Only the writer's thread looks at it.
    private let checkpoints: Lock<CheckpointRule>
    private let latency = Histogram(bounds: Histogram.latencies)
    private let members = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128])
    private let failures = Tallies(count: 1)

    /// Members of one commit. More would make the first wait longer without saving much.
    static let batchLimit = 128
    /// Transactions that may wait. Who leaves does not take his along, so connections alone do not bound them.
    static let queueLimit = 16_384

    private struct Queue {
        var waiting: [Waiting] = []
        var isDraining = false
        var isClosed = false

        /// The next transactions to share a commit; `nil`, and the queue sleeps, when none waits.
        ///
        /// The batch never shares its storage with what goes on waiting, so that nothing is copied on the next write.
        mutating func takeBatch() -> [Waiting]? {
            guard !waiting.isEmpty else {
                isDraining = false
                return nil
            }
            guard waiting.count > SQLiteWriter.batchLimit else {
                let batch = waiting
                waiting = []
                return batch
            }
            let batch = Array(waiting.prefix(SQLiteWriter.batchLimit))
            waiting.removeFirst(batch.count)
            return batch
        }
    }

    /// A transaction on its way to the disk, with the type of its value hidden.
    struct Waiting: Sendable {
        /// Runs the body. What it returns is not released yet: that is for the writer to do, after COMMIT.
        let attempt: @Sendable (SQLTransaction<SQLiteConnection>) -> Attempt
        let fail: @Sendable (StoreFault) -> Void
    }

    enum Attempt: Sendable {
        case returned(release: @Sendable () -> Void)
        case threw(StoreFault)
    }

    init(connection: SQLiteConnection, thread: ThreadPool, checkpointPages: Int) {
        self.connection = connection
        self.thread = thread
        checkpoints = Lock(CheckpointRule(interval: checkpointPages))
    }

    func add(_ transaction: Waiting) {
        enum Verdict {
            case wake, wait
            case refuse(StoreFault)
        }
        let verdict = queue.withLock { queue -> Verdict in
            if queue.isClosed { return .refuse(.closed) }
            if queue.waiting.count >= Self.queueLimit { return .refuse(.busy("too many transactions wait")) }
            queue.waiting.append(transaction)
            defer { queue.isDraining = true }
            return queue.isDraining ? .wait : .wake
        }
        switch verdict {
        case .refuse(let fault): transaction.fail(fault)
        case .wake: thread.execute { self.drain() }
        case .wait: break
        }
    }

    /// Takes no more. What was accepted before is finished first, because the thread's queue is in order.
    func close() { queue.withLock { $0.isClosed = true } }

    var waitingCount: Int { queue.withLock { $0.waiting.count } }

    var isDraining: Bool { queue.withLock { $0.isDraining } }

    var statistics: StoreStatistics.Commits {
        StoreStatistics.Commits(
            latency: latency.distribution(), members: members.distribution(), failures: failures.sum(at: 0))
    }

    private func commit(members count: Int) throws(StoreFault) {
        let start = MonotonicTime.now()
        try connection.commit()
        latency.note(MonotonicTime.now().since(start))
        members.note(UInt64(count))
    }

    private func drain() {
        while true {
            guard let batch = queue.withLock({ $0.takeBatch() }) else { return }
            run(batch)
            checkpoint()
        }
    }

    private func run(_ batch: [Waiting]) {
        if batch.count > 1, let outcomes = commitTogether(batch) {
            for release in outcomes { release() }
            return
        }
        for transaction in batch { commitAlone(transaction) }
    }

    /// `nil` when the common transaction was lost, whoever's fault it was: everybody then gets one try alone.
    private func commitTogether(_ batch: [Waiting]) -> [@Sendable () -> Void]? {
        do throws(StoreFault) {
            try connection.begin(.write)
            var outcomes: [@Sendable () -> Void] = []
            outcomes.reserveCapacity(batch.count)
            for transaction in batch {
                try connection.beginMember()
                switch attempt(transaction) {
                case .returned(let release):
                    try connection.keepMember()
                    outcomes.append(release)
                case .threw(let fault):
                    guard connection.isInTransaction else { throw fault }
                    try connection.undoMember()
                    outcomes.append { transaction.fail(fault) }
                }
            }
            try commit(members: batch.count)
            return outcomes
        } catch {
            failures.add(at: 0)
            connection.abandon()
            return nil
        }
    }

    private func commitAlone(_ transaction: Waiting) {
        do throws(StoreFault) {
            try connection.begin(.write)
            switch attempt(transaction) {
            case .returned(let release):
                try commit(members: 1)
                release()
            case .threw(let fault):
                throw fault
            }
        } catch {
            connection.abandon()
            transaction.fail(error)
        }
    }

    /// A body that swallowed a fault has not done what it thinks it has.
    private func attempt(_ transaction: Waiting) -> Attempt {
        let attempt = transaction.attempt(SQLTransaction(connection))
        if case .returned = attempt, let failure = connection.failure { return .threw(failure) }
        return attempt
    }

    /// Between two commits and nowhere else: see ``SQLiteFile`` for why.
    private func checkpoint() {
        checkpoints.withLock { rule in
            guard let restarts = rule.isDue(pages: connection.pagesInLog) else { return }
            rule.note(isComplete: connection.checkpoint(restarts: restarts), pages: connection.pagesInLog)
        }
    }
}

/// When the log is moved into the database.
struct CheckpointRule {
    /// In pages, as everything here.
    let interval: Int
    private var next: Int

    init(interval: Int) {
        self.interval = interval
        next = interval
    }

    /// `nil` while it is not time; otherwise whether to wait for readers, because they overlapped for so long
    /// that the log never started again.
    func isDue(pages: Int) -> Bool? { pages < next ? nil : pages >= 16 * interval }

    /// After an incomplete one the next waits for a quarter more, so that it is not tried at every commit.
    mutating func note(isComplete: Bool, pages: Int) { next = isComplete ? interval : pages + max(1, interval / 4) }
}
