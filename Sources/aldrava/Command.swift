internal import App

/// One command: what it is called, what it takes, what it does.
struct Command: Sendable {
    /// `["user", "add"]` for `aldrava user add`.
    let words: [String]
    /// One sentence.
    let summary: String
    /// What must follow, in order; each is required unless it says otherwise, and the last may be repeated.
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
        /// Whether more of them may follow.
        let isRepeated: Bool
        /// Whether it may be left out; then so must be what stands behind it.
        let isOptional: Bool

        init(
            _ name: String, _ summary: String, _ kind: ValueKind = .text, isRepeated: Bool = false,
            isOptional: Bool = false
        ) {
            self.name = name
            self.summary = summary
            self.kind = kind
            self.isRepeated = isRepeated
            self.isOptional = isOptional
        }

        /// As usage lines show it.
        var shown: String { isOptional ? "[\(name)]" : isRepeated ? "\(name)..." : name }
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
        static let server = Option(
            "--server", "URL", "A server elsewhere, instead of ALDRAVA_SERVER: https:// and its host.")
        static let keyFile = Option(
            "--key-file", "FILE",
            "The API key for it, in a file of mode 600 or - for standard input; or ALDRAVA_KEY_FILE.",
            kind: .file)
        static let caFile = Option(
            "--ca-file", "FILE", "Whom to trust instead of the system's authorities, as PEM; or ALDRAVA_CA_FILE.",
            kind: .file)
        /// What every command takes that another machine's server carries out, too.
        static let elsewhere = [server, keyFile, caFile]
        /// What every command of one realm takes that is carried out on this machine.
        static let here = [data, config, realm, json]
        /// The same for every command that may also be carried out elsewhere.
        static let common = here + elsewhere
        /// What may also stand before the command.
        static let leading = elsewhere + [realm, json]
    }

    var name: String { words.joined(separator: " ") }
}

/// What was typed behind a command, checked against what it takes.
struct Arguments: Sendable {
    var parameters: [String: String] = [:]
    /// The values of the parameter that may be repeated.
    var repeated: [String] = []
    /// Each option's values in the order they were typed; a switch has one empty value.
    var options: [String: [String]] = [:]
    /// Whether the command is one that another machine's server carries out, too.
    var mayGoElsewhere = false

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
