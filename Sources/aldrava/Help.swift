internal import App
internal import Config

/// The texts of `--help`, out of the command table.
enum Help {
    static var overview: String {
        """
        Aldrava, a self-hosted identity server.

        Usage: aldrava [--server URL --key-file FILE] COMMAND [OPTIONS]

        Commands:
        \(table(CommandTable.commands.map { ($0.name, $0.summary) }))

        First steps:
          aldrava admin create ana ana@example.com
          aldrava serve

        On a server elsewhere, with an API key that holds the permission:
          aldrava --server https://id.example.org --key-file key.txt user list
        ALDRAVA_SERVER and ALDRAVA_KEY_FILE say the same for every command.

        'aldrava COMMAND --help' says more. Exit codes: 0 done, 1 refused, 2 usage,
        3 configuration, 4 unavailable, 5 the doctor found something wrong.
        """
    }

    static func group(_ words: [String]) -> String {
        let commands = CommandTable.commands.filter { $0.words.starts(with: words) }
        return """
            Usage: aldrava \(words.joined(separator: " ")) COMMAND [OPTIONS]

            Commands:
            \(table(commands.map { ($0.name, $0.summary) }))
            """
    }

    static func of(_ command: Command) -> String {
        let required = command.options.filter(\.isRequired).map { " \($0.name) \($0.value ?? "")" }.joined()
        let parameters = command.parameters.map { " \($0.shown)" }.joined()
        var parts = [
            command.summary, "Usage: aldrava \(command.name)\(parameters)\(required) [OPTIONS]",
        ]
        if !command.parameters.isEmpty {
            parts.append("Arguments:\n" + table(command.parameters.map { ($0.name, $0.summary) }))
        }
        let options = (command.options + [.help]).map { option in
            (option.value.map { "\(option.name) \($0)" } ?? option.name, option.summary)
        }
        parts.append("Options:\n" + table(options))
        parts.append("Example:\n  \(command.example)")
        if !command.notes.isEmpty { parts.append(command.notes) }
        return parts.joined(separator: "\n\n")
    }

    private static func table(_ rows: [(String, String)]) -> String {
        let width = rows.map(\.0.utf8.count).max() ?? 0
        return rows.map { name, text in
            "  \(name)\(String(repeating: " ", count: width - name.utf8.count))  \(text)"
        }.joined(separator: "\n")
    }
}
