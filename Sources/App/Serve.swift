internal import Concurrency
public import Config
internal import Flows
internal import Glibc
internal import HTTP
internal import HTTPServer

/// Runs a server until SIGTERM or SIGINT: this process supervises, and a child of it serves.
///
/// The first signal stops it in good order; a second one, while that lasts, ends it at once. `tell` gets the one line
/// that says that the server is ready.
///
/// In the child it returns, or throws, when the server has stopped; the caller ends the process then, as it does here.
public func serveUntilStopped(_ config: Config, tell: @escaping (String) -> Void) throws -> ExitCode {
    try serveUntilStopped(config, trap: nil, tell: tell)
}

/// The same with something that looks at each request first: for tests, which have to make a server die.
package func serveUntilStopped(
    _ config: Config, trap: Trap?, tell: @escaping (String) -> Void
) throws -> ExitCode {
    let environment = ProcessEnvironment.values
    if environment[Handover.variable] == Handover.check {
        tell("aldrava \(Product.version)\(ProgramTrial.answer)")
        return .ok
    }
    Signals.ignoreBrokenPipes()
    let manager = ServiceManager(environment, process: getpid())
    let supervisor = try Supervisor(config, .take(environment), manager: manager, trap: trap, tell: tell)
    switch try supervisor.run() {
    case .ended(let code): return code
    case .isChild(let line):
        let inheritance = supervisor.inheritance(line)
        return try runOnFreshThread(name: "main") { try serve(config, inheritance) }
    }
}

/// The child. No thread but this one works when it begins.
private func serve(_ config: Config, _ inheritance: Inheritance) throws -> ExitCode {
    // SIGINT from a terminal goes to both processes, and the parent says what it means.
    signal(SIGINT, SIG_IGN)
    signal(SIGUSR2, SIG_IGN)
    let signals = Signals.blockOnly(SIGTERM, SIGHUP)
    inheritance.journal.watchForFaults()

    let server = try runToCompletion { try await Server.start(config, inheritance) }
    inheritance.parent.say(.ready)
    while true {
        switch Signals.wait(for: signals) {
        case SIGTERM:
            try runToCompletion { await server.stop() }
            return .ok
        case SIGHUP:
            try runToCompletion { await server.reload() }
            inheritance.parent.say(.reloaded)
        default: break
        }
    }
}
