internal import Concurrency
internal import Domain
internal import Flows
internal import Standards
internal import Storage
internal import Synchronization

/// Writes `logline.jsonl`: every audit event of the database once, in commit order, as a line people can read.
///
/// The database is the truth and the file a view of it. Where the file ends says where to go on, so after any kind
/// of stop it is completed without gaps and doubles; a full disk only makes it late.
final class AuditLog: Sendable {
    static let name = "logline.jsonl"

    private static let batchLimit = 500
    /// Commits by other nodes, and whatever rang before anybody listened, are seen at least this often.
    private static let period = Duration.milliseconds(250)
    /// Between two batches, so that a busy server's commits share one write to the disk.
    private static let pace = Duration.milliseconds(20)

    private let file: LineFile
    private let pool: ThreadPool
    private let readLog: ReadLog
    private let report: @Sendable (SystemEvent) -> Void
    private let commits: Wakeup
    private let isFailing = Atomic(false)
    private let isStopping = Atomic(false)
    /// The newest event that is in the file.
    private let position: Lock<EventPosition?>

    private init(
        file: LineFile, position: EventPosition?, pool: ThreadPool, readLog: ReadLog, commits: Wakeup,
        report: @escaping @Sendable (SystemEvent) -> Void
    ) {
        self.file = file
        self.position = Lock(position)
        self.pool = pool
        self.readLog = readLog
        self.commits = commits
        self.report = report
    }

    /// Opens the file and finds the event after which it has to be completed: the last one in it that the database
    /// knows. Lines behind that one come from a database that was since restored from an older copy; they stay.
    static func open(
        path: String, pool: ThreadPool, readLog: ReadLog, commits: Wakeup,
        report: @escaping @Sendable (SystemEvent) -> Void
    ) async throws -> AuditLog {
        let file = try await pool.run { () throws(File.Fault) in try LineFile(path) }
        var position: EventPosition?
        var end: Int?
        var unknown = 0
        while position == nil {
            let before = end
            guard let line = try await pool.run({ () throws(File.Fault) in try file.line(before: before) }) else {
                break
            }
            if let id = eventID(in: line.text) { position = try await readLog.position(of: id) }
            if position == nil { unknown += 1 }
            end = line.start
        }
        if unknown > 0 {
            report(
                SystemEvent(
                    .warning, "audit_log_foreign_lines",
                    "\(name) ends with \(unknown) lines that the database does not know"))
        }
        return AuditLog(file: file, position: position, pool: pool, readLog: readLog, commits: commits, report: report)
    }

    /// Completes the file after each commit, until ``stop()``.
    func follow(on loop: EventLoop) async {
        while !isStopping.load(ordering: .acquiring) {
            let isComplete = await catchUp()
            try? await loop.sleep(for: isComplete ? Self.pace : .seconds(1))
            if isComplete { await commits.wait() }
        }
    }

    /// Rings now and then, until its task is cancelled.
    func ringPeriodically(on loop: EventLoop) async {
        while (try? await loop.sleep(for: Self.period)) != nil { commits.ring() }
    }

    func stop() {
        isStopping.store(true, ordering: .releasing)
        commits.ring()
    }

    /// Writes what is missing. False when something failed; it is then reported, and complete after a later call.
    @discardableResult
    func catchUp() async -> Bool {
        do {
            while true {
                let last = position.withLock { $0 }
                let entries = try await readLog(after: last, limit: Self.batchLimit)
                guard let newest = entries.last else { break }
                let lines = entries.flatMap { entry -> [UInt8] in entry.line.json.bytes + [0x0A] }
                if let fault = await append(lines) { return late("\(Self.name) \(fault.description)") }
                position.withLock { $0 = newest.position }
                if entries.count < Self.batchLimit { break }
            }
            if isFailing.exchange(false, ordering: .relaxed) {
                report(SystemEvent(.info, "audit_log_completed", "\(Self.name) is complete again"))
            }
            return true
        } catch { return late("the \(error)") }
    }

    private func append(_ lines: [UInt8]) async -> File.Fault? {
        do throws(File.Fault) {
            try await pool.run { [file] () throws(File.Fault) in try file.append(lines) }
            return nil
        } catch { return error }
    }

    /// Says so once, however long it lasts.
    private func late(_ reason: String) -> Bool {
        if !isFailing.exchange(true, ordering: .relaxed) {
            report(SystemEvent(.error, "audit_log_late", "\(reason); the file will be completed from the database"))
        }
        return false
    }

    private static func eventID(in line: [UInt8]) -> ID<Event>? {
        guard let json = try? JSON.parse(line), let text = json["this"]?["event"]?.string else { return nil }
        return ID<Event>(text)
    }
}
