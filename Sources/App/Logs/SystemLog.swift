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
    }

    private static let limit = 1 << 20
    private let state = Lock(State())
    private let file: LineFile
    private let pool: ThreadPool
    private let node: String
    private let now: @Sendable () -> Timestamp

    init(path: String, pool: ThreadPool, node: String, now: @escaping @Sendable () -> Timestamp) throws(File.Fault) {
        file = try LineFile(path)
        self.pool = pool
        self.node = node
        self.now = now
    }

    /// From any thread. `isTold` is false where somebody else writes to standard error.
    func report(_ event: SystemEvent, isTold: Bool = true) {
        if isTold, event.severity != .info {
            SystemLog.tell("aldrava: \(event.severity.rawValue): \(event.did): \(event.detail)")
        }
        let line = line(event)
        let mustSchedule = state.withLock { state in
            if state.waiting.count + line.count > Self.limit {
                state.dropped += 1
            } else {
                state.waiting += line
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { pool.execute { self.write() } }
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
        do {
            try file.append(batch)
        } catch {
            SystemLog.tell("aldrava: error: \(Self.name) \(error.description)")
            state.withLock { state in
                state.waiting = (batch + state.waiting).count <= Self.limit ? batch + state.waiting : state.waiting
            }
        }
    }

    /// The audit's nine fields (S0), for things that happened to the server rather than to people.
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
