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
    /// The same for programs.
    let result: JSON

    init(_ outcome: Outcome, _ message: String, _ result: JSON = .object([])) {
        self.outcome = outcome
        self.message = message
        self.result = result
    }

    public var exitCode: ExitCode {
        switch outcome {
        case .done: .ok
        case .refused: .refused
        case .unavailable: .unavailable
        }
    }

    /// What `--json` prints.
    var json: JSON {
        ["outcome": .string(outcome.rawValue), "message": .string(message), "result": result]
    }

    /// ``json`` as one line.
    public var text: String { json.text }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        guard let outcome = json["outcome"]?.string.flatMap(Outcome.init), let message = json["message"]?.string,
            let result = json["result"]
        else { return nil }
        self.init(outcome, message, result)
    }
}
