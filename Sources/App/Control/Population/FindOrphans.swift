public import Config
internal import Crypto
internal import Domain
internal import Flows
internal import Standards

/// What an operator asks a search for orphans for.
public struct OrphanJob: Sendable {
    public enum Mend: String, CaseIterable, Sendable {
        /// Whoever is only there gets an account here, without a password.
        case createHere = "create-here"
        /// Whoever is only here is shut out.
        case disableHere = "disable-here"
    }

    public let realm: String
    /// The other store's accounts; `nil` for a look at what is here alone.
    public let other: String?
    public let format: ImportFormat
    public let names: FieldNames
    public let mends: Set<Mend>
    /// A new CSV file of those who are only here, for the other store to take in.
    public let missing: String?
    /// A new file of everything that was found, as JSON Lines.
    public let report: String?

    public init(
        realm: String, other: String?, format: ImportFormat, names: FieldNames, mends: Set<Mend>, missing: String?,
        report: String?
    ) {
        self.realm = realm
        self.other = other
        self.format = format
        self.names = names
        self.mends = mends
        self.missing = missing
        self.report = report
    }
}

/// Finds accounts that exist in one of two stores only, or here by half, and mends what was asked for.
///
/// Blocks; for the command line's main thread.
///
/// - Throws: ``StartFault`` when a file cannot be read or written, or neither a server nor the folder can be had.
public func findOrphans(_ job: OrphanJob, _ config: Config) throws -> ControlReply {
    var other: OtherStore?
    if let path = job.other {
        var source = try RowSource(path, job.format, job.names, identities: [])
        do { other = try OtherStore(&source) } catch let fault as TableFault {
            throw StartFault.refused("\(path), line \(fault.line): \(fault.reason.sentence)")
        }
    }
    var search = try OrphanSearch(job, other)
    return try withControl(config) { send in try search.carryOut(send) }
}

private struct OrphanSearch: ~Copyable {
    private enum Kind: String, CaseIterable {
        case onlyHere = "only_here"
        case onlyThere = "only_there"
        case emailDiffers = "email_differs"
        case idDiffers = "id_differs"
        case noCredential = "no_credential"
        case noSubjectKey = "no_subject_key"
        case unreadable

        var sentence: String {
            switch self {
            case .onlyHere: "only here"
            case .onlyThere: "only there"
            case .emailDiffers: "in both, with different e-mail addresses"
            case .idDiffers: "in both with the same address, under different ids"
            case .noCredential: "without a password, and never signed in"
            case .noSubjectKey: "without a key for the audit: erased, or written by hand"
            case .unreadable: "rows of the file that name nobody, or somebody twice"
            }
        }
    }

    private static let mostShown = 20
    private static let rowsPerSlice = 200

    private let job: OrphanJob
    private var other: OtherStore?
    private var counts: [Kind: Int] = [:]
    private var shown: [String] = []
    private var report: ExportFile?
    private var missing: ExportFile?
    private var toDisable: [ID<User>] = []
    private var users = 0

    init(_ job: OrphanJob, _ other: OtherStore?) throws {
        self.job = job
        self.other = other
        report = try job.report.map { try ExportFile($0) }
        missing = try job.missing.map { try ExportFile($0) }
    }

    mutating func carryOut(_ send: (ControlRequest) throws -> ControlReply) throws -> ControlReply {
        try missing?.write("id,number,username,email")
        var after: String?
        repeat {
            let page = PageRequest(after: after, limit: PageRequest.longest)
            let reply = try send(ControlRequest(realm: job.realm, .outline(page)))
            guard let list = reply.result["users"]?.array else { return reply }
            for user in list.compactMap({ OutlinedUser($0) }) { try look(at: user) }
            after = reply.result["next"]?.string
        } while after != nil
        for problem in other?.problems ?? [] { try note(.unreadable, line: problem.line, code: problem.code) }
        let lacking = other?.accounts.filter { !$0.isHere } ?? []
        for account in lacking { try note(.onlyThere, id: account.id, line: account.line) }
        var done: [(name: String, count: Int)] = []
        if job.mends.contains(.disableHere) { done.append(("disabled", try disable(send))) }
        if job.mends.contains(.createHere) { done += try create(lacking, send).counts }
        try report?.finish()
        try missing?.finish()
        return reply(done)
    }

    private mutating func look(at user: OutlinedUser) throws {
        users += 1
        if !user.hasPassword, !user.hasSignedIn { try note(.noCredential, id: user.id) }
        if !user.hasSubjectKey { try note(.noSubjectKey, id: user.id) }
        switch other?.match(user) {
        case nil, .same?: break
        case .otherEmail(let line): try note(.emailDiffers, id: user.id, line: line)
        case .otherID(let line): try note(.idDiffers, id: user.id, line: line)
        case .some(.none):
            try note(.onlyHere, id: user.id)
            if user.isActive { toDisable.append(user.id) }
            try missing?.write(
                [user.id.text, "\(user.number)", user.username, user.email].map(Self.cell).joined(separator: ","))
        }
    }

    /// Neither the report nor the terminal gets an address: the id, or the line, says who it is.
    private mutating func note(_ kind: Kind, id: ID<User>? = nil, line: Int? = nil, code: String? = nil) throws {
        counts[kind, default: 0] += 1
        var members = [JSON.Member("kind", .string(kind.rawValue))]
        if let id { members.append(JSON.Member("id", .string(id.text))) }
        if let line { members.append(JSON.Member("line", .integer(Int64(line)))) }
        if let code { members.append(JSON.Member("code", .string(code))) }
        try report?.write(JSON.object(members).text)
        guard shown.count < Self.mostShown else { return }
        shown.append(
            "\(kind.rawValue):" + (line.map { " line \($0)" } ?? "") + (id.map { " \($0)" } ?? "")
                + (code.map { " (\($0))" } ?? ""))
    }

    private func disable(_ send: (ControlRequest) throws -> ControlReply) throws -> Int {
        var count = 0
        for id in toDisable where try send(ControlRequest(realm: job.realm, .disable(id))).outcome == .done {
            count += 1
        }
        return count
    }

    private func create(
        _ accounts: [OtherStore.Account], _ send: (ControlRequest) throws -> ControlReply
    ) throws -> ImportTally {
        let run = ID<Event>(at: Clock.now(), random: Random.bytes(10))
        var tally = ImportTally()
        var users: [ImportedUser] = []
        for account in accounts {
            let texts = [("id", account.id?.text), ("email", account.email?.text)].compactMap { name, text in
                text.map { (name: name, value: $0) }
            }
            switch ImportRow(line: account.line, texts: texts).read() {
            case .user(let user): users.append(user)
            case .refused(let problems): tally.refuse(problems)
            }
        }
        var rest = users[...]
        while !rest.isEmpty {
            let slice = Array(rest.prefix(Self.rowsPerSlice))
            rest = rest.dropFirst(slice.count)
            let reply = try send(
                ControlRequest(
                    realm: job.realm, .take(slice, .skip, isDryRun: false, createsRoles: false, run: run)))
            guard reply.outcome == .done, let part = ImportTally(reply.result) else {
                throw StartFault.unavailable(reply.message)
            }
            tally.add(part)
        }
        return tally
    }

    private func reply(_ done: [(name: String, count: Int)]) -> ControlReply {
        let found = Kind.allCases.compactMap { kind in counts[kind].map { (kind, $0) } }
        var lines = [users == 1 ? "One user was looked at." : "\(users) users were looked at."]
        if found.isEmpty { lines.append("Nothing is amiss.") }
        lines += found.map { "  \($0.1) \($0.0.sentence)" }
        lines += shown
        if found.reduce(0, { $0 + $1.1 }) > Self.mostShown, job.report == nil {
            lines.append("--report FILE writes all of them.")
        }
        if !done.isEmpty {
            lines.append("Mended: " + done.map { "\($0.count) \($0.name)" }.joined(separator: ", ") + ".")
        } else if counts[.onlyHere] != nil || counts[.onlyThere] != nil {
            lines.append("Nothing was changed; --mend says what to do.")
        }
        return ControlReply(
            .done, lines.joined(separator: "\n"),
            .object(
                [JSON.Member("users", .integer(Int64(users)))]
                    + Kind.allCases.map { JSON.Member($0.rawValue, .integer(Int64(counts[$0] ?? 0))) }
                    + [
                        JSON.Member(
                            "mended", .object(done.map { JSON.Member($0.name, .integer(Int64($0.count))) }))
                    ]))
    }

    private static func cell(_ text: String) -> String {
        var cell = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { cell += "\"" }
            cell.unicodeScalars.append(scalar)
        }
        return cell + "\""
    }
}
