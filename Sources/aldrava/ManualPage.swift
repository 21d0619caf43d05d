internal import App
internal import Config

/// The manual page in the language of man(7), out of the command table and the table of settings.
enum ManualPage {
    static var text: String {
        var lines = [
            ".TH ALDRAVA 1 2026-11-21 \"aldrava \(Product.version)\" \"Aldrava manual\"",
            ".SH NAME", "aldrava \\- self\\-hosted identity server",
            ".SH SYNOPSIS", ".B aldrava", ".I COMMAND", "[\\fIOPTIONS\\fR]",
            ".SH DESCRIPTION",
            escaped(
                "One program is the server, and every command to administer it. A command reaches a running server over the control socket in its data folder; without a server it opens the database itself. Both need the user that the data folder belongs to."
            ),
            ".PP",
            escaped(
                "With --json a command prints one JSON object: outcome, message and result. Where it ends with exit code 2 or 3, that object is on standard error."
            ),
            ".SH ELSEWHERE",
            escaped(
                "Most commands can be carried out by a server on another machine: --server names it, https:// and its host, and --key-file a file with an API key of the realm. Both may also stand before the command. The key needs the permission that the command asks for; the events of the audit name it. TLS is always checked, by the system's authorities or those in --ca-file; without TLS only a server on this machine is asked. Redirections and proxies are not followed."
            ),
            ".SH COMMANDS",
        ]
        for command in CommandTable.commands { lines += section(command) }
        lines += [".SH ENVIRONMENT", escaped("Every setting may also stand in the settings file, as NAME=value.")]
        lines += item(Config.fileVariable, "The settings file, where --config does not name one.")
        for (name, meaning) in [
            (
                ProcessEnvironment.Elsewhere.server,
                "Where commands are sent that do not name --server, --data or --config."
            ),
            (ProcessEnvironment.Elsewhere.keyFile, "The file of the API key, where --key-file does not name one."),
            (ProcessEnvironment.Elsewhere.caFile, "Whom to trust, where --ca-file does not say."),
        ] { lines += item(name, meaning) }
        for setting in Config.settings {
            lines += item(
                setting.fileName.map { "\(setting.name), \($0)" } ?? setting.name,
                "\(setting.summary) Allowed: \(setting.allowed). Default: \(setting.standard).")
        }
        lines += [".SH FILES", escaped("In the data folder:")]
        for (name, meaning) in [
            ("aldrava.db", "The SQLite database, with -wal, -shm and -lock beside it."),
            ("master.key", "The key that wraps every other key, unless it is kept elsewhere."),
            ("logline.jsonl", "The audit, a JSON object on each line."),
            ("logline.system.jsonl", "Technical events, likewise."),
            ("control.sock", "Where commands reach the running server; for its user alone."),
        ] { lines += item(name, meaning) }
        lines.append(".SH EXIT STATUS")
        for (code, meaning) in [
            ("0", "Done."), ("1", "Understood, and the answer is no; of doctor: there is something to look at."),
            ("2", "The command line cannot be understood."),
            ("3", "A setting, the data folder or the master key cannot be used."),
            ("4", "The port, the lock, the database or the server cannot be had now."),
            ("5", "The doctor found something wrong."),
        ] { lines += item(code, meaning) }
        lines += [
            ".SH EXAMPLES", ".nf", escaped("aldrava admin create ana ana@example.com"), escaped("aldrava serve"),
            escaped("aldrava doctor"), ".fi",
        ]
        return lines.flatMap(wrapped).joined(separator: "\n")
    }

    /// A line of text over several lines of the source, which read as one; requests stay whole.
    private static func wrapped(_ line: String) -> [String] {
        guard !line.hasPrefix("."), line.utf8.count > 80 else { return [line] }
        var lines: [String] = []
        var current = ""
        for word in line.split(separator: " ") {
            if !current.isEmpty, current.utf8.count + word.utf8.count >= 80 {
                lines.append(current)
                current = word.hasPrefix(".") ? "\\&" : ""
            }
            current += (current.isEmpty || current == "\\&" ? "" : " ") + word
        }
        return lines + [current]
    }

    private static func section(_ command: Command) -> [String] {
        let parameters = command.parameters.map { " \\fI\(escaped($0.shown))\\fR" }.joined()
        let required = command.options.filter(\.isRequired).map {
            " \\fB\(escaped($0.name))\\fR \\fI\(escaped($0.value ?? ""))\\fR"
        }.joined()
        var lines = [
            ".SS aldrava \(escaped(command.name))", escaped(command.summary), ".PP",
            "\\fBaldrava \(escaped(command.name))\\fR\(parameters)\(required) [\\fIOPTIONS\\fR]",
        ]
        for parameter in command.parameters { lines += item(parameter.name, parameter.summary) }
        for option in command.options {
            lines += item([option.name, option.value].compactMap(\.self).joined(separator: " "), option.summary)
        }
        // The settings that 'serve --help' repeats have a section of their own here.
        let notes = command.notes.split(separator: "\n").prefix { !$0.hasPrefix("Settings,") }
        if !notes.isEmpty { lines += [".PP"] + notes.map { escaped(String($0)) } }
        return lines + [".PP", "Example: \\fB\(escaped(command.example))\\fR"]
    }

    private static func item(_ tag: String, _ text: String) -> [String] {
        [".TP", "\\fB\(escaped(tag))\\fR", escaped(text)]
    }

    /// Nothing of the text is a request or an escape, and a hyphen is one that can be copied.
    private static func escaped(_ text: String) -> String {
        var shown = ""
        for character in text {
            switch character {
            case "\\": shown += "\\e"
            case "-": shown += "\\-"
            case "'": shown += "\\(aq"
            case "\"": shown += "\\(dq"
            default: shown.append(character)
            }
        }
        return shown.hasPrefix(".") ? "\\&" + shown : shown
    }
}
