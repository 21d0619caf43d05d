internal import App

/// One command: what it is called, what it takes, what it does.
struct Command: Sendable {
    /// `["user", "add"]` for `aldrava user add`.
    let words: [String]
    /// One sentence.
    let summary: String
    /// What must follow, in order; each is required.
    var parameters: [Parameter] = []
    var options: [Option] = []
    /// A line that works.
    let example: String
    /// More for `--help`, below the options.
    var notes = ""
    let run: @Sendable (Arguments) throws -> ExitCode

    struct Parameter: Sendable {
        let name: String
        let summary: String
        let kind: ValueKind

        init(_ name: String, _ summary: String, _ kind: ValueKind = .text) {
            self.name = name
            self.summary = summary
            self.kind = kind
        }
    }

    /// What a shell may offer in the place of a value.
    enum ValueKind: Hashable, Sendable {
        case text
        case file
        case folder
        case oneOf([String])
    }

    struct Option: Sendable {
        /// With its two hyphens.
        let name: String
        /// How the value is called in `--help`; `nil` for a switch.
        let value: String?
        let isRequired: Bool
        let summary: String
        let kind: ValueKind

        init(
            _ name: String, _ value: String, isRequired: Bool = false, _ summary: String, kind: ValueKind = .text
        ) {
            self.name = name
            self.value = value
            self.isRequired = isRequired
            self.summary = summary
            self.kind = kind
        }

        init(switch name: String, _ summary: String) {
            self.name = name
            value = nil
            isRequired = false
            self.summary = summary
            kind = .text
        }

        static let help = Option(switch: "--help", "Show this text.")
        static let data = Option("--data", "FOLDER", "The data folder, instead of ALDRAVA_DATA.", kind: .folder)
        static let config = Option("--config", "FILE", "The settings file, instead of ALDRAVA_CONFIG.", kind: .file)
        static let realm = Option("--realm", "NAME", "The realm, instead of 'default'.")
        static let json = Option(switch: "--json", "Print the reply as one JSON object.")
        static let passwordFromInput = Option(
            switch: "--password-stdin", "Read the password from standard input, without asking.")
        /// What every command that talks to the server takes.
        static let common = [data, config, realm, json]
    }

    var name: String { words.joined(separator: " ") }
}

/// What was typed behind a command, checked against what it takes.
struct Arguments: Sendable {
    var parameters: [String: String] = [:]
    /// Each option's values in the order they were typed; a switch has one empty value.
    var options: [String: [String]] = [:]

    /// A parameter of the command; the parser made sure that it is there.
    subscript(parameter: String) -> String { parameters[parameter] ?? "" }

    func value(_ option: Command.Option) -> String? { options[option.name]?.last }
    func values(_ option: Command.Option) -> [String] { options[option.name] ?? [] }
    func has(_ option: Command.Option) -> Bool { options[option.name] != nil }
}

/// The command line cannot be understood. One line, with a suggestion where there is one.
struct Misuse: Error, CustomStringConvertible {
    let description: String

    /// `command` is where `--help` would say more.
    init(_ sentence: String, see command: [String] = []) {
        description = "\(sentence) See '\((["aldrava"] + command + ["--help"]).joined(separator: " "))'."
    }
}
