internal import Standards

/// What became of a command, for people and for programs.
public struct ControlReply: Sendable {
    public enum Outcome: String, CaseIterable, Sendable {
        case done
        case refused
        case unavailable
    }

    public let outcome: Outcome
    /// Whole sentences, or a few lines of `name: value`.
    public let message: String
    /// What people see instead of ``message`` where it has rows.
    public let table: Table?
    /// What alone goes to standard output, so that it can be piped; ``message`` then goes to standard error.
    public let output: String?
    /// The same for programs.
    let result: JSON

    init(
        _ outcome: Outcome, _ message: String, _ result: JSON = .object([]), table: Table? = nil, output: String? = nil
    ) {
        self.outcome = outcome
        self.message = message
        self.result = result
        self.table = table
        self.output = output
    }

    public var exitCode: ExitCode {
        switch outcome {
        case .done: .ok
        case .refused: .refused
        case .unavailable: .unavailable
        }
    }

    /// As one line: what `--json` prints.
    public var text: String { JSON.object(members).text }

    private var members: [JSON.Member] {
        [
            JSON.Member("outcome", .string(outcome.rawValue)), JSON.Member("message", .string(message)),
            JSON.Member("result", result),
        ]
    }

    /// How it travels over the control socket.
    var json: JSON {
        .object(
            members + (table.map { [JSON.Member("table", $0.json)] } ?? [])
                + (output.map { [JSON.Member("output", .string($0))] } ?? []))
    }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        guard let outcome = json["outcome"]?.string.flatMap(Outcome.init), let message = json["message"]?.string,
            let result = json["result"]
        else { return nil }
        var table: Table?
        if let json = json["table"] {
            guard let read = Table(json) else { return nil }
            table = read
        }
        self.init(outcome, message, result, table: table, output: json["output"]?.string)
    }
}

extension ControlReply {
    /// One page of a list that may be long.
    public struct Page: Sendable {
        /// The list's name among the members of the result.
        public let name: String
        /// Each element as JSON.
        public let items: [String]
        /// What to ask the next page with; `nil` at the end.
        public let next: String?
    }

    /// A page of `name`; `empty` is what people read where there is nothing.
    init(page name: String, _ items: [JSON], next: String?, table: Table, empty: String) {
        self.init(
            .done, items.isEmpty ? empty : "",
            .object([
                JSON.Member(name, .array(items)), JSON.Member("next", next.map { .string($0) } ?? .null),
            ]), table: table)
    }

    /// The page that this reply is, if it is one: a list, and where the next one begins.
    public var page: Page? {
        guard outcome == .done, let members = result.members, members.count == 2, members[1].name == "next",
            let items = members[0].value.array
        else { return nil }
        return Page(name: members[0].name, items: items.map(\.text), next: members[1].value.string)
    }
}
