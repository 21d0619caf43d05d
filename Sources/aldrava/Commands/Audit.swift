internal import App
internal import Config
internal import Domain
internal import Flows

extension Command {
    static let audit = [auditTail, auditGrep, auditExport]

    private static let count = Option("-n", "COUNT", "How many of the newest events; 10 unless told, 10000 at most.")
    private static let follows = Option(switch: "-f", "Go on with what comes, until Ctrl-C; a server may restart.")
    private static let format = Option("--format", "FORMAT", "'jsonl', one JSON object a line, unless told; or 'csv'.")
    private static let output = Option("--output", "FILE", "A new file with mode 600, instead of standard output.")

    private static let who = Option("--who", "WHO", "A username, a user's id, 'system' or 'unknown'.")
    private static let did = Option("--did", "DEED", "What was done, exactly, such as 'login'.")
    private static let status = Option("--status", "STATUS", "'valid:true' or 'valid:false'.")
    private static let confirmedBy = Option("--confirmed-by", "WHAT", "What or who validated it.")
    private static let ifOK = Option("--if-ok", "WHAT", "What follows when it is in order.")
    private static let ifDoubt = Option("--if-doubt", "WHAT", "What follows when there is doubt.")
    private static let ifNot = Option("--if-not", "WHAT", "What follows when it is not in order.")
    private static let kind = Option("--kind", "KIND", "'event' or 'document'.")
    private static let application = Option("--application", "NAME", "The application that wrote it.")
    private static let request = Option("--request", "ID", "The id of the request it belongs to.")
    private static let session = Option("--session", "ID", "The session it speaks of.")
    private static let from = Option("--from", "TIME", "Not before this time, such as 2026-11-21T07:05:00.000Z.")
    private static let to = Option("--to", "TIME", "Before this time.")
    private static let filters = [
        who, did, status, confirmedBy, ifOK, ifDoubt, ifNot, kind, application, request, session, from, to,
    ]
    private static let place = [Option.data, .config, .realm] + Option.elsewhere
    private static let jsonLines = Option(switch: "--json", "Print each event as one JSON object.")

    static let auditTail = Command(
        words: ["audit", "tail"], summary: "Show the newest events of the audit, and follow them.",
        options: [follows, count, jsonLines] + filters + place, example: "aldrava audit tail -f --did login"
    ) { arguments in
        let count = try number(arguments, see: ["audit", "tail"])
        return try print(.newest(count, follows: arguments.has(follows)), arguments, see: ["audit", "tail"])
    }

    static let auditGrep = Command(
        words: ["audit", "grep"], summary: "Show every event of the audit that matches, oldest first.",
        options: [jsonLines] + filters + place,
        example: "aldrava audit grep --who maria --status valid:false --from 2026-11-01T00:00:00.000Z"
    ) { try print(.all, $0, see: ["audit", "grep"]) }

    static let auditExport = Command(
        words: ["audit", "export"], summary: "Write the audit to a file, oldest event first.",
        options: [format, output] + filters + place,
        example: "aldrava audit export --format csv --output audit.csv --from 2026-11-01T00:00:00.000Z",
        notes: """
            The file holds who did what from where: it is made with mode 600, and an existing one is left alone.
            In CSV, a value that a spreadsheet would take for a formula has an apostrophe before it.
            """
    ) { arguments in
        let words = ["audit", "export"]
        let isCSV: Bool
        switch arguments.value(format) {
        case nil, "jsonl": isCSV = false
        case "csv": isCSV = true
        default: throw Misuse("--format is 'jsonl' or 'csv'.", see: words)
        }
        let query = AuditQuery(
            realm: arguments.value(.realm) ?? "default", filter: try filter(arguments, see: words), extent: .all)
        let place = try Settings.place(arguments)
        func text(_ line: AuditLine) -> String { isCSV ? line.csv : line.text }
        guard let path = arguments.value(output) else {
            if isCSV { Terminal.printAsIs(AuditLine.csvHead) }
            return try show(query, place, text)
        }
        var file = try ExportFile(path)
        if isCSV { try file.write(AuditLine.csvHead) }
        try readAudit(query, place) { try file.write(text($0)) }
        try file.finish()
        return .ok
    }

    private static func print(
        _ extent: AuditQuery.Extent, _ arguments: Arguments, see words: [String]
    ) throws -> ExitCode {
        let query = AuditQuery(
            realm: arguments.value(.realm) ?? "default", filter: try filter(arguments, see: words), extent: extent)
        let isJSON = arguments.has(jsonLines)
        return try show(query, try Settings.place(arguments)) { isJSON ? $0.text : $0.readable }
    }

    private struct ReaderLeft: Error {}

    /// Ends, too, when whoever reads standard output has seen enough, as `head` has.
    private static func show(
        _ query: AuditQuery, _ place: ControlPlace, _ text: (AuditLine) -> String
    ) throws -> ExitCode {
        do {
            try readAudit(query, place) { line in
                guard Terminal.printAsIs(text(line)) else { throw ReaderLeft() }
            }
        } catch is ReaderLeft { return .ok }
        return .ok
    }

    private static func number(_ arguments: Arguments, see words: [String]) throws -> Int {
        guard let text = arguments.value(count) else { return 10 }
        guard let number = Int(text), (0...Int(AuditQuery.mostNewest)).contains(number) else {
            throw Misuse("-n is a number from 0 to \(AuditQuery.mostNewest).", see: words)
        }
        return number
    }

    private static func filter(_ arguments: Arguments, see words: [String]) throws -> EventFilter {
        func time(_ option: Option) throws -> Timestamp? {
            guard let text = arguments.value(option) else { return nil }
            guard let time = Timestamp(iso8601: text) else {
                throw Misuse("\(option.name) is a time such as 2026-11-21T07:05:00.000Z.", see: words)
            }
            return time
        }
        let statusIsValid: Bool?
        switch arguments.value(status) {
        case nil: statusIsValid = nil
        case "valid:true": statusIsValid = true
        case "valid:false": statusIsValid = false
        default: throw Misuse("--status is 'valid:true' or 'valid:false'.", see: words)
        }
        return EventFilter(
            who: arguments.value(who), did: arguments.value(did), status: statusIsValid,
            confirmedBy: arguments.value(confirmedBy), ifOK: arguments.value(ifOK),
            ifDoubt: arguments.value(ifDoubt), ifNot: arguments.value(ifNot), kind: arguments.value(kind),
            application: arguments.value(application), request: arguments.value(request),
            session: arguments.value(session), from: try time(from), to: try time(to))
    }
}
