internal import Concurrency
public import Config
internal import Glibc

/// Runs a server until SIGTERM or SIGINT, on the process's main thread.
///
/// The first signal stops it in good order; a second one, while that lasts, ends the process at once. SIGHUP reads the
/// certificates again. `tell` gets the one line that says that the server is ready.
public func serveUntilStopped(_ config: Config, tell: (String) -> Void) throws -> ExitCode {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)  // a file size limit is then an error of the write, like a full disk
    // Blocked before any thread starts, so that every thread inherits it and only this one takes them.
    var stopping = sigset_t()
    unsafe sigemptyset(&stopping)
    unsafe sigaddset(&stopping, SIGTERM)
    unsafe sigaddset(&stopping, SIGINT)
    unsafe pthread_sigmask(SIG_BLOCK, &stopping, nil)
    var expected = stopping
    unsafe sigaddset(&expected, SIGHUP)
    unsafe pthread_sigmask(SIG_BLOCK, &expected, nil)

    let server = try runToCompletion { try await Server.start(config) }
    tell("aldrava \(Product.version) listening on \(server.address) (data: \(config.data))")
    var taken: Int32 = 0
    while unsafe sigwait(&expected, &taken) == 0, taken == SIGHUP { server.reloadCertificates() }
    unsafe pthread_sigmask(SIG_UNBLOCK, &stopping, nil)
    try runToCompletion { await server.stop() }
    return .ok
}
