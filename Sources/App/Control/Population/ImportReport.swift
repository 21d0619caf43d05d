internal import Flows
internal import Standards

/// What became of a file's rows, and every problem of every row.
struct ImportReport: ~Copyable {
    /// So many are told with the summary; a file has them all.
    private static let mostShown = 20
    private static let mostInReply = 1_000

    private(set) var tally = ImportTally()
    private var codes: [String: Int] = [:]
    private var file: ExportFile?
    private let path: String?

    init(_ path: String?) throws {
        self.path = path
        file = try path.map { try ExportFile($0) }
    }

    mutating func refuse(_ problems: [ImportProblem]) throws {
        var one = ImportTally()
        one.refuse(problems)
        try add(one)
    }

    mutating func skip(_ problem: ImportProblem) throws {
        var one = ImportTally()
        one.skip(problem)
        try add(one)
    }

    mutating func add(_ other: ImportTally) throws {
        for problem in other.problems {
            codes[problem.code, default: 0] += 1
            try file?.write(problem.json.text)
        }
        let room = Self.mostInReply - tally.problems.count
        var kept = other
        if kept.problems.count > room { kept.problems = Array(kept.problems.prefix(max(0, room))) }
        tally.add(kept)
    }

    mutating func finish() throws { try file?.finish() }

    func reply(isDryRun: Bool, rows: Int, fault: TableFault?) -> ControlReply {
        var lines = [summary(isDryRun: isDryRun, rows: rows)]
        if let fault {
            lines.append(
                "Line \(fault.line): \(fault.reason.sentence) Nothing behind it was read, because it could be taken for "
                    + "something else than it is.")
        }
        lines += details
        let isGood = tally.refused == 0 && fault == nil
        return ControlReply(
            isGood ? .done : .refused, lines.joined(separator: "\n"),
            result(isDryRun: isDryRun, rows: rows, code: isGood ? nil : fault?.reason.rawValue ?? "rows_refused"))
    }

    /// After the database, or the server, gave up.
    func broken(off reply: ControlReply, rows: Int) -> ControlReply {
        ControlReply(
            reply.outcome,
            "\(reply.message)\n\(summary(isDryRun: false, rows: rows)) The same command again goes on from here.",
            result(isDryRun: false, rows: rows, code: reply.result["code"]?.string ?? "broken_off"))
    }

    private func summary(isDryRun: Bool, rows: Int) -> String {
        let counts = tally.counts.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        return isDryRun ? "Would be, of \(rows) rows: \(counts). Nothing was written." : "Of \(rows) rows: \(counts)."
    }

    private var details: [String] {
        guard !codes.isEmpty else { return [] }
        var lines = codes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "  \($0.value) × \($0.key)" }
        for problem in tally.problems.prefix(Self.mostShown) {
            let field = problem.field.isEmpty ? "" : " \(problem.field)"
            lines.append("line \(problem.line):\(field) \(problem.message) (\(problem.code))")
        }
        let count = codes.values.reduce(0, +)
        if count > Self.mostShown {
            lines.append(
                path.map { "All \(count) problems are in \($0)." }
                    ?? "There are \(count - Self.mostShown) more; --report FILE writes all of them.")
        }
        return lines
    }

    private func result(isDryRun: Bool, rows: Int, code: String?) -> JSON {
        .object(
            (code.map { [JSON.Member("code", .string($0))] } ?? [])
                + [JSON.Member("dry_run", .bool(isDryRun)), JSON.Member("rows", .integer(Int64(rows)))]
                + tally.counts.map { JSON.Member($0.name, .integer(Int64($0.count))) }
                + [
                    JSON.Member(
                        "codes",
                        .object(
                            codes.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .integer(Int64($0.value))) })),
                    JSON.Member("problems", .array(tally.problems.map(\.json))),
                ])
    }
}

extension TableFault.Reason {
    var sentence: String {
        switch self {
        case .strayQuote: "there is a quotation mark within a field that does not begin with one."
        case .textAfterQuote: "something other than a comma or a line end stands behind a closing quotation mark."
        case .strayCarriageReturn: "there is a carriage return without a line feed."
        case .unfinished: "the file ends in the middle of something."
        case .tooLong: "a row, or a statement, is too long."
        case .tooManyFields: "a row has too many fields."
        case .malformedStatement: "a statement about the table is written in a way that is not understood."
        case .noColumns: "a statement does not name its columns; dump with pg_dump --column-inserts."
        }
    }
}
