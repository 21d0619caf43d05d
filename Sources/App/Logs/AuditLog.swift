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

    /// An event that is in the file.
    struct Place: Sendable {
        let position: EventPosition
        let event: ID<Event>
    }

    let file: LineFile
    /// For each older file the event it ends with: where the present file begins, should it be lost.
    let places: LineFile
    let archive: LogArchive
    let pool: ThreadPool
    private let readLog: ReadLog
    private let now: @Sendable () -> Timestamp
    let report: @Sendable (SystemEvent) -> Void
    private let commits: Wakeup
    private let isFailing = Atomic(false)
    private let isStopping = Atomic(false)
    /// The newest event that is in the file.
    let place: Lock<Place?>
    private let written = Tallies(count: 1)
    /// Cleans the files of people who were erased; set once everything exists that it needs.
    let erased = Lock<ErasedLogs?>(nil)
    /// When the file was last known to hold everything.
    private let complete: Lock<MonotonicTime>

    private init(
        _ file: LineFile, _ places: LineFile, _ place: Place?, _ archive: LogArchive, pool: ThreadPool,
        readLog: ReadLog, commits: Wakeup, capabilities: Capabilities
    ) {
        self.file = file
        self.places = places
        self.place = Lock(place)
        self.archive = archive
        self.pool = pool
        self.readLog = readLog
        self.commits = commits
        now = capabilities.now
        report = capabilities.report
        complete = Lock(.now())
    }

    /// Opens the file and finds the event after which it has to be completed: the last one in it that the database
    /// knows. Lines behind that one come from a database that was since restored from an older copy; they stay.
    ///
    /// A file that knows no event was just begun, or lost: it is completed from where the older files end.
    static func open(
        path: String, archive: LogArchive, pool: ThreadPool, readLog: ReadLog, commits: Wakeup,
        capabilities: Capabilities
    ) async throws -> AuditLog {
        let (file, places) = try await pool.run { () throws(File.Fault) in
            (try LineFile(path), try LineFile(path + placesSuffix))
        }
        var unknown = 0
        var place: Place?
        var end: Int?
        while place == nil {
            let before = end
            guard let line = try await pool.run({ () throws(File.Fault) in try file.line(before: before) }) else {
                break
            }
            place = try await readLog.place(of: eventID(in: line.text))
            if place == nil { unknown += 1 }
            end = line.start
        }
        if place == nil { place = try await endOfOlderFiles(path, places, pool: pool, readLog: readLog) }
        if unknown > 0 {
            capabilities.report(
                SystemEvent(
                    .warning, "audit_log_foreign_lines",
                    "\(name) ends with \(unknown) lines that the database does not know"))
        }
        return AuditLog(
            file, places, place, archive, pool: pool, readLog: readLog, commits: commits, capabilities: capabilities)
    }

    /// Completes the file after each commit, until ``stop()``.
    func follow(on loop: EventLoop) async {
        while !isStopping.load(ordering: .acquiring) {
            let isComplete = await catchUp()
            if isComplete { await erased.withLock { $0 }?.settle(self) }
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
                let last = place.withLock { $0 }
                let entries = try await readLog(after: last?.position, limit: Self.batchLimit)
                guard let newest = entries.last else { break }
                let lines = entries.flatMap { entry -> [UInt8] in entry.line.json.bytes + [0x0A] }
                let end = Place(position: newest.position, event: newest.line.id)
                if let fault = await append(lines, upTo: end) { return late("\(Self.name) \(fault.description)") }
                written.add(UInt64(entries.count), at: 0)
                if entries.contains(where: { $0.line.did == EraseUser.did }) { erased.withLock { $0 }?.note() }
                if entries.count < Self.batchLimit { break }
            }
            complete.withLock { $0 = .now() }
            if isFailing.exchange(false, ordering: .relaxed) {
                report(SystemEvent(.info, "audit_log_completed", "\(Self.name) is complete again"))
            }
            return true
        } catch { return late("the \(error)") }
    }

    /// The place is noted within the pool's turn, so that what runs there next never sees an older one.
    private func append(_ lines: [UInt8], upTo end: Place) async -> File.Fault? {
        do throws(File.Fault) {
            let now = now()
            try await pool.run { [self] () throws(File.Fault) in
                rotateIfDue(at: now)
                try file.append(lines, at: now)
                place.withLock { $0 = end }
            }
            return nil
        } catch { return error }
    }

    struct Statistics: Sendable {
        let written: UInt64
        /// Events that are in the database and not in the file, counted up to ``mostCounted``; `nil` where the database
        /// does not say.
        let pending: Int64?
        /// Since the file was last known to be complete; zero while nothing is pending.
        let behind: Duration
    }

    static let mostCounted = 10_000

    func statistics() async -> Statistics {
        let last = place.withLock { $0 }
        let pending = try? await readLog.count(after: last?.position, limit: Self.mostCounted)
        let since = MonotonicTime.now().since(complete.withLock { $0 })
        return Statistics(written: written.sum(at: 0), pending: pending, behind: pending == 0 ? .zero : since)
    }

    /// Says so once, however long it lasts.
    private func late(_ reason: String) -> Bool {
        if !isFailing.exchange(true, ordering: .relaxed) {
            report(SystemEvent(.error, "audit_log_late", "\(reason); the file will be completed from the database"))
        }
        return false
    }

    static func eventID(in line: [UInt8]) -> ID<Event>? {
        guard let json = try? JSON.parse(line), let text = json["this"]?["event"]?.string else { return nil }
        return ID<Event>(text)
    }
}
