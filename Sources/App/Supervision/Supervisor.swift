internal import CLinux
internal import Concurrency
internal import Config
internal import Flows
internal import Glibc
internal import HTTPServer

/// The process that supervises: it keeps the public sockets, and a server forked from it that accepts from them.
///
/// It has one thread, starts no task and touches no file of the data folder; so it can fork at any time, and nothing a
/// client sends comes near it. A class, because it owns the sockets, the journal and the child.
final class Supervisor {
    let config: Config
    let sockets: [PublicSocket]
    let journal: RequestJournal
    let manager: ServiceManager
    let arguments: [String]
    let tell: (String) -> Void
    private let signals: Int32
    private let trap: Server.Interception?

    var child: Child?
    var purpose = Purpose.serving
    /// Until the first server of this program answered: then nothing that one of them says about its start ends this.
    var hasServed: Bool
    /// The line that says that it is ready was printed.
    private var hasTold = false
    /// The program before this one, open, until this one has shown that it works.
    var fallback: Int32?
    let hasFallenBack: Bool
    /// When a server is started in place of the one that died.
    var restart: MonotonicTime?
    var backoff = Backoff()
    private var blame = BlameTally()
    /// What the next server writes to the log, because this process has none. Twice, if it dies between writing that
    /// and saying that it is ready; never not at all.
    var untold: [SystemEvent] = []
    /// A server that has not stopped by then is ended.
    var deadline = MonotonicTime.never
    /// Somebody asked for an upgrade while the server was starting.
    var isUpgradeWanted = false
    private var nextPing = MonotonicTime.never

    /// The server, as its parent sees it.
    struct Child {
        let pid: pid_t
        let line: MessageLine
        var isReady = false
        /// It has closed its end, as the dying do first.
        var hasHungUp = false
    }

    enum Purpose: Equatable {
        case serving
        case stopping
        /// The server stops, and this process becomes that program.
        case upgrading(program: String)
    }

    /// How ``run()`` ends.
    enum Outcome {
        /// In the supervising process.
        case ended(ExitCode)
        /// In a child, which is to be a server now, and ends when it returns.
        case isChild(MessageLine)
    }

    /// Attempts at a first start before nobody believes in it any more.
    private static let mostFirstStarts = 5

    init(
        _ config: Config, _ handover: Handover, manager: ServiceManager, trap: Server.Interception?,
        tell: @escaping (String) -> Void
    ) throws(StartFault) {
        self.config = config
        self.manager = manager
        self.trap = trap
        self.tell = tell
        arguments = CommandLine.arguments
        hasFallenBack = handover.hasFallenBack
        // A program that takes over has clients already.
        hasServed = handover.fallback != nil || handover.hasFallenBack
        fallback = handover.fallback
        if hasFallenBack {
            untold = [
                SystemEvent(
                    .error, "upgrade_failed", "the server of the newer program did not start; this one goes on")
            ]
        }
        sockets = try PublicSocket.open(config, handover.sockets)
        guard let journal = RequestJournal(loops: config.loops) else {
            throw .unavailable("The system has no memory to share between processes.")
        }
        self.journal = journal
        let wanted = [SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR2]
        signals = unsafe linux_signal_file(wanted, wanted.count)
        guard signals >= 0 else { throw .unavailable("The system refuses to report signals (error \(-signals)).") }
    }

    deinit { close(signals) }

    /// Supervises until it is told to stop.
    func run() throws(StartFault) -> Outcome {
        restart = .now()
        while true {
            if let due = restart, due <= .now() {
                if let line = try start() { return .isChild(line) }
            }
            wait()
            if let line = child?.line { while let text = line.receive() { heard(text) } }
            var signal = linux_next_signal(signals)
            while signal != 0 {
                if let code = try take(signal) { return .ended(code) }
                signal = linux_next_signal(signals)
            }
            let now = MonotonicTime.now()
            if deadline <= now, let child {
                deadline = .never
                kill(child.pid, SIGKILL)
            }
            if nextPing <= now { ping(at: now) }
        }
    }

    // MARK: The child

    /// Forks a server. In the new process, returns its end of the line.
    private func start() throws(StartFault) -> MessageLine? {
        restart = nil
        var ends: [Int32] = [0, 0]
        let problem = unsafe linux_message_pair(&ends)
        guard problem == 0 else { throw .unavailable("\(SystemFault(call: "socketpair", code: problem)).") }
        let parent = getpid()
        let pid = linux_fork()
        if pid == 0 {
            close(ends[0])
            if let fallback { close(fallback) }
            guard linux_die_with(parent) else { _exit(ExitCode.unavailable.rawValue) }
            return MessageLine(descriptor: ends[1])
        }
        let code = errno
        close(ends[1])
        guard pid > 0 else {
            close(ends[0])
            guard hasServed else { throw .unavailable("\(SystemFault(call: "fork", code: code)).") }
            restart = .now() + backoff.died(at: .now(), wasReady: false)
            return nil
        }
        child = Child(pid: pid, line: MessageLine(descriptor: ends[0]))
        return nil
    }

    private func heard(_ text: String) {
        switch ServerMessage(rawValue: text) {
        case .ready: becameReady()
        case .reloaded: manager.ready(status)
        case .pong: manager.answers()
        case .upgrade: upgrade()
        case nil: break
        }
    }

    private func becameReady() {
        child?.isReady = true
        hasServed = true
        if let old = fallback.take() { close(old) }
        untold = []
        if !hasTold {
            hasTold = true
            tell(
                "aldrava \(Product.version) listening on \(sockets.map(\.url).joined(separator: " and ")) (data: \(config.data))"
            )
        }
        manager.ready(status)
        if let watchdog = manager.watchdog { nextPing = .now() + watchdog / 4 }
        // This process sleeps from now on.
        linux_let_go_of_text()
        if isUpgradeWanted { upgrade() }
    }

    private var status: String { "aldrava \(Product.version) serves \(sockets.map(\.url).joined(separator: " and "))" }

    private func ping(at now: MonotonicTime) {
        child?.line.send(ParentMessage.ping.text)
        nextPing = manager.watchdog.map { now + $0 / 4 } ?? .never
    }

    // MARK: Waiting

    private func wait() {
        var files = [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        if let child, !child.hasHungUp {
            files.append(pollfd(fd: child.line.descriptor, events: Int16(POLLIN), revents: 0))
        }
        let next = min(restart ?? .never, deadline, nextPing)
        // Rounded up, so that this does not spin until the moment.
        let left = (next.since(.now()) + .nanoseconds(999_999)) / .milliseconds(1)
        let limit: Int32 = next == .never ? -1 : Int32(min(left, 60_000))
        _ = unsafe poll(&files, nfds_t(files.count), limit)
        if files.count > 1, files[1].revents & Int16(POLLHUP) != 0 { child?.hasHungUp = true }
    }

    /// Returns how the process ends, if it does.
    private func take(_ signal: Int32) throws(StartFault) -> ExitCode? {
        switch signal {
        case SIGCHLD: return try reap()
        case SIGTERM, SIGINT: return stop(signal)
        case SIGHUP:
            // One that is still starting has the signal blocked, and takes it then.
            guard purpose == .serving, let child else { return nil }
            manager.reloading("Reading settings that may change", at: MonotonicTime.now().nanoseconds / 1_000)
            kill(child.pid, SIGHUP)
        case SIGUSR2: upgrade()
        default: break
        }
        return nil
    }

    /// The first time in good order; the second time at once, and by that signal.
    private func stop(_ signal: Int32) -> ExitCode? {
        if purpose == .stopping {
            if let child {
                kill(child.pid, SIGKILL)
                while waitpid(child.pid, nil, 0) < 0, errno == EINTR {}
            }
            Signals.die(of: signal)
            return .unavailable
        }
        purpose = .stopping
        manager.stopping()
        // Nobody new waits in a queue from which nobody takes.
        for entry in sockets { entry.socket.close() }
        guard let child else { return .ok }
        kill(child.pid, SIGTERM)
        return nil
    }

    /// Takes the dead, among them processes of others that were left to this one.
    private func reap() throws(StartFault) -> ExitCode? {
        while true {
            var status: Int32 = 0
            let pid = unsafe waitpid(-1, &status, WNOHANG)
            if pid < 0, errno == EINTR { continue }
            guard pid > 0 else { return nil }
            guard let dead = child, dead.pid == pid else { continue }
            // What it said last may still be on the line.
            while let text = dead.line.receive() { heard(text) }
            let wasReady = child?.isReady ?? false
            close(dead.line.descriptor)
            child = nil
            deadline = .never
            nextPing = .never
            if let code = try mourn(pid, Obituary(end: .init(status: status), account: journal.takeAccount()), wasReady)
            {
                return code
            }
        }
    }

    private func mourn(_ pid: pid_t, _ obituary: Obituary, _ wasReady: Bool) throws(StartFault) -> ExitCode? {
        switch purpose {
        case .stopping:
            guard obituary.end != .exited(0) else { return .ok }
            note(.error, "died", obituary.sentence(process: pid))
            return .unavailable
        case .upgrading(let program):
            if obituary.end != .exited(0) { note(.error, "died", obituary.sentence(process: pid)) }
            become(program)
            return nil
        case .serving: break
        }
        if !wasReady, fallback != nil { comeBack() }
        if case .exited(let code) = obituary.end, !wasReady, !hasServed {
            return ExitCode(rawValue: code) ?? .unavailable
        }
        if obituary.end == .exited(0) {
            note(.warning, "ended", "the server, process \(pid), was stopped by somebody else; it is started again")
        } else {
            note(.error, "died", obituary.sentence(process: pid))
        }
        if let source = obituary.blamed, blame.blame(source, at: .now()) {
            journal.block(source, until: .now() + BlameTally.exclusion)
            note(
                .error, "source_blocked",
                "\(source) is kept out for \(BlameTally.exclusion.components.seconds) seconds: its requests ended the server \(BlameTally.limit) times in \(BlameTally.period.components.seconds) seconds"
            )
        }
        restart = .now() + backoff.died(at: .now(), wasReady: wasReady)
        guard hasServed || backoff.failedStarts < Self.mostFirstStarts else {
            throw .unavailable("The server died \(backoff.failedStarts) times while it started.")
        }
        return nil
    }

    /// Says it now, and leaves it to the next server to write it down.
    func note(_ severity: SystemEvent.Severity, _ did: String, _ detail: String) {
        if severity != .info { SystemLog.tell("aldrava: \(severity.rawValue): \(did): \(detail)") }
        if let child, child.isReady {
            child.line.send(ParentMessage.note(severity, did: did, detail: detail).text)
        } else if untold.count < 100 {
            untold.append(SystemEvent(severity, did, detail))
        }
    }

    /// What the server that was just forked is given.
    func inheritance(_ line: MessageLine) -> Inheritance {
        Inheritance(
            sockets: sockets, journal: journal, parent: ParentLine(line, hasFallenBack: hasFallenBack),
            untold: untold, trap: trap)
    }
}
