public import Config
internal import Crypto
internal import Domain
public import Flows
internal import Standards

/// What an operator asks an import for.
public struct ImportJob: Sendable {
    public let file: String
    public let format: ImportFormat
    public let realm: String
    public let names: FieldNames
    public let onConflict: ImportUsers.Conflict
    public let isDryRun: Bool
    public let createsRoles: Bool
    /// The file with the secret key of an encrypted file.
    public let identity: String?
    /// A new file for every problem of every row.
    public let report: String?

    public init(
        file: String, format: ImportFormat, realm: String, names: FieldNames, onConflict: ImportUsers.Conflict,
        isDryRun: Bool, createsRoles: Bool, identity: String?, report: String?
    ) {
        self.file = file
        self.format = format
        self.realm = realm
        self.names = names
        self.onConflict = onConflict
        self.isDryRun = isDryRun
        self.createsRoles = createsRoles
        self.identity = identity
        self.report = report
    }
}

/// How far a long command is.
public struct Progress: Sendable {
    public let rows: Int
    /// Of 1; `nil` where nobody knows the whole.
    public let share: Double?
    public let milliseconds: Int64

    public var rowsPerSecond: Int {
        milliseconds > 0
            ? Int(clamping: Int64(rows).multipliedReportingOverflow(by: 1_000).partialValue / milliseconds) : 0
    }

    /// Seconds that are left if it goes on like this.
    public var secondsLeft: Int64? {
        guard let share, share > 0.001, share <= 1 else { return nil }
        return Int64(Double(milliseconds) / 1_000 * (1 - share) / share)
    }
}

/// Reads a file of users and has them taken in, a slice at a time, by the server that runs or here.
///
/// Blocks; for the command line's main thread. Where it is cut off, running it again goes on.
///
/// - Throws: ``StartFault`` when the file cannot be read, or neither a server nor the folder can be had.
public func importUsers(_ job: ImportJob, _ config: Config, tell: (Progress) -> Void) throws -> ControlReply {
    // Opened before the database: a slip in a name is found while nothing is done.
    var source = try RowSource(
        job.file, job.format, job.names, identities: try job.identity.map(AgeKeyFile.identities) ?? [])
    var run = try ImportRun(job, size: source.size)
    return try withControl(config) { send in try run.carryOut(&source, send, tell) }
}

private struct ImportRun: ~Copyable {
    private static let rowsPerSlice = 500

    private let job: ImportJob
    private var report: ImportReport
    private var ledger = ImportLedger()
    private let id = ID<Event>(at: Clock.now(), random: Random.bytes(10))
    private let start = Clock.monotonic()
    private var slice: [ImportedUser] = []
    private var sliceSize = 0
    private var rows = 0
    private var refusal: ControlReply?
    private let size: Int
    private var offset = 0

    init(_ job: ImportJob, size: Int) throws {
        self.job = job
        self.size = size
        report = try ImportReport(job.report)
    }

    private struct Stopped: Error {}

    mutating func carryOut(
        _ source: inout RowSource, _ send: (ControlRequest) throws -> ControlReply, _ tell: (Progress) -> Void
    ) throws -> ControlReply {
        if !job.isDryRun {
            let reply = try send(ControlRequest(realm: job.realm, .note(stage: "begin", run: id, counts: [])))
            guard reply.outcome == .done else { return reply }
        }
        var fault: TableFault?
        do {
            try source.read { item, offset in try take(item, offset, send, tell) }
            try flush(send)
        } catch is Stopped {
        } catch let found as TableFault {
            fault = found
            do { try flush(send) } catch is Stopped {}
        }
        if !job.isDryRun, refusal == nil {
            _ = try send(ControlRequest(realm: job.realm, .note(stage: "end", run: id, counts: report.tally.counts)))
        }
        try report.finish()
        tell(progress(isOver: true))
        if let refusal { return report.broken(off: refusal, rows: rows) }
        return report.reply(isDryRun: job.isDryRun, rows: rows, fault: fault)
    }

    private mutating func take(
        _ item: RowSource.Item, _ offset: Int, _ send: (ControlRequest) throws -> ControlReply,
        _ tell: (Progress) -> Void
    ) throws {
        rows += 1
        self.offset = offset
        switch item {
        case .refused(let problem): try report.refuse([problem])
        case .skipped(let problem): try report.skip(problem)
        case .row(let row):
            switch row.read() {
            case .refused(let problems): try report.refuse(problems)
            case .user(let user):
                if let problem = ledger.note(user) {
                    try report.refuse([problem])
                } else {
                    slice.append(user)
                    sliceSize += row.size
                }
            }
        }
        guard slice.count >= Self.rowsPerSlice || sliceSize >= RowSource.longestRow else { return }
        try flush(send)
        tell(progress(isOver: false))
    }

    private mutating func flush(_ send: (ControlRequest) throws -> ControlReply) throws {
        guard !slice.isEmpty else { return }
        let reply = try send(
            ControlRequest(
                realm: job.realm,
                .take(
                    slice, job.onConflict, isDryRun: job.isDryRun, createsRoles: job.createsRoles, run: id)))
        slice.removeAll(keepingCapacity: true)
        sliceSize = 0
        guard reply.outcome == .done, let tally = ImportTally(reply.result) else {
            refusal = reply
            throw Stopped()
        }
        try report.add(tally)
    }

    private func progress(isOver: Bool) -> Progress {
        Progress(
            rows: rows, share: isOver ? 1 : size > 0 ? Double(offset) / Double(size) : nil,
            milliseconds: Clock.monotonic() - start)
    }
}
