internal import Standards

/// What the command line writes, made safe for a terminal: other people chose the names in it.
public enum Shown {
    /// Text of several lines.
    public static func text(_ text: String) -> String { TerminalText.escaped(text, keepsLines: true) }

    public static func json(_ json: String) -> String { TerminalText.escapedJSON(json) }
}

extension StartFault {
    /// What `--json` prints of a command that could not begin, in the shape of every other reply.
    public var json: String {
        JSON.object([
            JSON.Member("outcome", .string(code.word)), JSON.Member("message", .string(description)),
            JSON.Member("result", ["code": .string(code.word)]),
        ]).text
    }
}

extension ExitCode {
    /// The word for this end in JSON.
    fileprivate var word: String {
        switch self {
        case .ok: "done"
        case .refused: "refused"
        case .usage: "usage"
        case .configuration: "configuration"
        case .unavailable: "unavailable"
        case .unsound: "unsound"
        }
    }
}
