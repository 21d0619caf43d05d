/// Runs asynchronous code on the calling thread until it is done, for a program's main thread.
///
/// A task started by top-level code would belong to the main actor, which nothing drives while the main thread
/// waits; here the calling thread itself executes the jobs.
public func runToCompletion<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let executor = CallingThread()
    let outcome = Outcome<Value>()
    Task(executorPreference: executor) {
        do {
            outcome.set(.success(try await body()))
        } catch {
            outcome.set(.failure(error))
        }
        executor.finish()
    }
    executor.runUntilFinished()
    return try outcome.get()
}

private final class Outcome<Value: Sendable>: Sendable {
    private let result = Lock<Result<Value, any Error>>(.failure(CancellationError()))
    func set(_ value: Result<Value, any Error>) { result.withLock { $0 = value } }
    func get() throws -> Value { try result.withLock { $0 }.get() }
}

/// Executes jobs on the thread that called ``runToCompletion(_:)``.
private final class CallingThread: TaskExecutor, Sendable {
    private let queue = WorkQueue()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if !queue.push(.job(job)) { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    func finish() { _ = queue.close() }

    func runUntilFinished() {
        while let work = queue.pop() {
            switch work {
            case .job(let job): unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            case .closure(let body): body()
            }
        }
    }
}
