internal import CLinux
internal import Glibc

/// Starts pthreads that run a closure.
enum Thread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a joinable thread.
    ///
    /// The kernel refuses a thread only at the limits of the machine; a pool or loop without its thread would hang
    /// everything that waits for it, so the process ends instead.
    static func start(name: String, _ body: @escaping @Sendable () -> Void) -> pthread_t {
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
        let problem = unsafe linux_start_thread(
            &thread, name,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, argument)
        guard problem == 0 else { preconditionFailure("the system refused a thread (error \(problem))") }
        return thread
    }
}
