internal import Glibc

/// Runs `body` on a thread of its own and waits for it; for a process that was forked and goes on without exec.
///
/// Swift's runtime keeps each thread's id, which the kernel needs for its locks. The thread that comes out of a fork has
/// its parent's id there, so that its locks would be somebody else's: two threads that meet in one would wait for ever.
public func runOnFreshThread<Value>(name: String, _ body: @escaping () throws -> Value) throws -> Value {
    let errand = Errand(body)
    let thread = Thread.start(name: name) { errand.run() }
    _ = pthread_join(thread, nil)
    return try errand.result.get()
}

/// Used by one thread at a time: the caller waits while the other works.
private final class Errand<Value>: @unchecked Sendable {
    private let body: () throws -> Value
    var result: Result<Value, any Error> = .failure(CancellationError())

    init(_ body: @escaping () throws -> Value) { self.body = body }

    func run() { result = Result { try body() } }
}
