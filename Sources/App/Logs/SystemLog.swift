internal import Concurrency
internal import Domain
internal import Flows
internal import Glibc
internal import Standards

/// Writes technical events to `logline.system.jsonl`, and warnings and errors to standard error as well.
///
/// Reporting never waits and never fails: what the disk refuses is kept, up to a limit, and tried again with the
/// next event.
final class SystemLog: Sendable {
    static let name = "logline.system.jsonl"

    private struct State: ~Copyable {
        var waiting: [UInt8] = []
        var dropped = 0
        var isScheduled = false
        /// By `did`, which is always a word of ours.
        var recent: [String: Recent] = [:]
    }

    /// How often one kind of trouble was reported in the present period.
    private struct Recent {
        let since: Timestamp
        var count = 0
    }

    private static let limit = 1 << 20
    /// While a database fails every request reports it: more of one kind than this in a period are only counted.
    private static let mostOfAKind = 20
    private static let period = Duration.seconds(10)
    private let state = Lock(State())
    private let file: LineFile
    private let level: SystemEvent.Severity
    /// Set once the archive is there, which itself reports here.
    private let archive = Lock<LogArchive?>(nil)
    private let lost = Tallies(count: 1)
    private let pool: ThreadPool
    private let node: String
    private let now: @Sendable () -> Timestamp

    /// - Parameter level: what is less grave is not written.
    init(
        path: String, level: SystemEvent.Severity = .info, pool: ThreadPool, node: String,
        now: @escaping @Sendable () -> Timestamp
    ) throws(File.Fault) {
        file = try LineFile(path)
        self.level = level
        self.pool = pool
        self.node = node
        self.now = now
    }

    /// From any thread. `isTold` is false where somebody else writes to standard error.
    func report(_ event: SystemEvent, isTold: Bool = true) {
        guard event.severity >= level, let leftOut = admit(event) else { return }
        let event =
            leftOut == 0
            ? event
            : SystemEvent(
                event.severity, event.did, "\(event.detail) (\(leftOut) before this were left out)",
                request: event.request, trace: event.trace)
        // What is not a warning would make the event loops wait for whoever reads standard error.
        if isTold, event.severity >= .warning {
            SystemLog.tell("aldrava: \(event.severity.rawValue): \(event.did): \(event.detail)")
        }
        let line = line(event)
        let mustSchedule = state.withLock { state in
            if state.waiting.count + line.count > Self.limit {
                state.dropped += 1
                lost.add(at: 0)
            } else {
                state.waiting += line
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { pool.execute { self.write() } }
    }

    /// How many of its kind were left out before, or `nil` when this one is left out too.
    private func admit(_ event: SystemEvent) -> Int? {
        guard event.severity >= .warning else { return 0 }
        let now = now()
        return state.withLock { state in
            var recent = state.recent[event.did] ?? Recent(since: now)
            var leftOut = 0
            // A clock that was set back begins a new period too.
            if now < recent.since || now >= recent.since + Self.period {
                leftOut = max(0, recent.count - Self.mostOfAKind)
                recent = Recent(since: now)
            }
            recent.count += 1
            state.recent[event.did] = recent
            return recent.count <= Self.mostOfAKind ? leftOut : nil
        }
    }

    /// Returns when everything reported so far was written, or refused by the disk.
    func flush() async { await pool.run { self.write() } }

    /// One line on standard error, for what must be seen even when no file can be written.
    static func tell(_ text: String) {
        let printable = text.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 } + [0x0A]
        _ = unsafe printable.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func write() {
        let (lines, dropped) = state.withLock { state in
            defer {
                state.waiting = []
                state.dropped = 0
                state.isScheduled = false
            }
            return (state.waiting, state.dropped)
        }
        var batch = lines
        if dropped > 0 {
            batch += line(SystemEvent(.warning, "system_log_overflow", "\(dropped) events were not written"))
        }
        guard !batch.isEmpty else { return }
        let now = now()
        rotateIfDue(at: now)
        do {
            try file.append(batch, at: now)
        } catch {
            SystemLog.tell("aldrava: error: \(Self.name) \(error.description)")
            state.withLock { state in
                state.waiting = (batch + state.waiting).count <= Self.limit ? batch + state.waiting : state.waiting
            }
        }
    }

    /// From now on, older files are compressed and removed.
    func keep(_ archive: LogArchive) { self.archive.withLock { $0 = archive } }

    /// Events that found no place in memory while the disk took none.
    var lostEvents: UInt64 { lost.sum(at: 0) }

    /// Goes on in a new file where the present one was moved away.
    func reopen() async throws(File.Fault) {
        try await pool.run { [file] () throws(File.Fault) in _ = try file.reopen() }
    }

    private func rotateIfDue(at now: Timestamp) {
        guard let archive = archive.withLock({ $0 }), file.isDue(archive.rotation, at: now) else { return }
        do throws(File.Fault) {
            try file.rotate(to: archive.path(for: Self.name))
            archive.settleSoon()
        } catch { SystemLog.tell("aldrava: warning: log_not_rotated: \(Self.name) \(error.description)") }
    }

    /// The audit's nine fields, for things that happened to the server rather than to people.
    private func line(_ event: SystemEvent) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { line in
            line.member("who", "system")
            line.member("did", event.did)
            line.name("this")
            line.object { this in
                this.member("severity", event.severity.rawValue)
                this.member("detail", event.detail)
                this.member("node", node)
                if let request = event.request { this.member("request_id", request) }
                if let trace = event.trace { this.member("trace_id", trace) }
            }
            line.member("when", now().iso8601)
            line.member("confirmed_by", "server")
            line.member("if_ok", "continue")
            line.member("if_doubt", "watch")
            line.member("if_not", "call_operator")
            line.member("status", event.severity == .error ? "valid:false" : "valid:true")
        }
        return writer.bytes + [0x0A]
    }
}
