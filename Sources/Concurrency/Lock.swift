internal import Glibc

/// State that several threads share, behind a pthread mutex.
///
/// Used like `Synchronization.Mutex`, with two differences: it can be copied into closures, and ThreadSanitizer
/// understands it. (The library's lock is built on a futex the sanitizer does not see, so that it reports every
/// protected access as a race.) Hold it for a few instructions; never call code of others inside.
@safe public final class Lock<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var state: State

    public init(_ state: sending State) {
        self.state = state
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the state while no other thread can see it. Not reentrant.
    public func withLock<Value, Failure: Error>(_ body: (inout State) throws(Failure) -> Value) throws(Failure) -> Value
    {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&state)
    }
}
