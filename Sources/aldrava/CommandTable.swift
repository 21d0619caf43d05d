internal import App
internal import Domain

/// Every command, and the way from typed words to one of them.
enum CommandTable {
    /// One line for each topic, in the order of `--help`.
    static let commands: [Command] = [
        [.serve, .adminCreate],
        Command.realms,
        Command.users,
        Command.profiles,
        Command.roles,
        Command.permissions,
        Command.groups,
        Command.organisations,
        Command.invitations,
        Command.grants,
        Command.apiKeys,
        Command.keys,
        Command.sessions,
        Command.impersonation,
        Command.breakGlass,
        Command.audit,
        Command.population,
        Command.tokens,
        Command.mail,
        Command.rowSecurity,
        Command.operating,
    ].flatMap(\.self)

    enum Parsed {
        case help(String)
        case run(Command, Arguments)
    }

    /// What was typed and not understood is never printed back: it may be a password in the wrong place, and the
    /// complaint may end in a log.
    ///
    /// - Throws: ``Misuse`` for everything that is not exactly one command with what it takes.
    static func parse(_ words: [String]) throws(Misuse) -> Parsed {
        guard let first = words.first else { throw Misuse("A command is missing.") }
        if first == "--help" || first == "-h" { return .help(Help.overview) }
        if first == "help" { return try parse(words.dropFirst() + ["--help"]) }
        if first == "--version" { return try parse(["version"] + words.dropFirst()) }
        if first.hasPrefix("-") { return try parse(withLeadingOptions: words) }
        return try parse(words, options: [])
    }

    /// What says where a command goes may stand before it, as in `aldrava --server URL user list`.
    private static func parse(withLeadingOptions words: [String]) throws(Misuse) -> Parsed {
        var rest = words[...]
        var leading: [String] = []
        while let word = rest.first, word.hasPrefix("-") {
            let name = String(word.prefix { $0 != "=" })
            guard let option = Command.Option.leading.first(where: { $0.name == name }) else {
                throw Misuse("The command comes first, then its options.")
            }
            leading.append(rest.removeFirst())
            if option.value == nil || word.contains("=") { continue }
            guard let value = rest.popFirst() else { throw Misuse("\(name) needs a value.") }
            leading.append(value)
        }
        guard let first = rest.first else { throw Misuse("A command is missing.") }
        return try first == "help" ? parse(Array(rest)) : parse(Array(rest), options: leading)
    }

    private static func parse(_ words: [String], options: [String]) throws(Misuse) -> Parsed {

        let command = try find(words)
        if words.dropFirst(command.consumed).contains(where: { $0 == "--help" || $0 == "-h" }) || command.wantsHelp {
            return .help(command.match.map(Help.of) ?? Help.group(Array(words.prefix(command.consumed))))
        }
        guard let match = command.match else {
            let group = Array(words.prefix(command.consumed))
            throw Misuse("'\(group.joined(separator: " "))' needs one more word: \(next(after: group)).", see: group)
        }
        return .run(match, try arguments(of: match, options + words.dropFirst(command.consumed)))
    }

    /// The longest command that the words begin with; without a match, `consumed` words are a group's name.
    private static func find(_ words: [String]) throws(Misuse) -> (match: Command?, consumed: Int, wantsHelp: Bool) {
        var prefix: [String] = []
        for word in words {
            if word.hasPrefix("-") { return (nil, prefix.count, word == "--help" || word == "-h") }
            let candidates = commands.filter { $0.words.starts(with: prefix + [word]) }
            guard !candidates.isEmpty else {
                let choices = Set(commands.filter { $0.words.starts(with: prefix) }.map { $0.words[prefix.count] })
                let guess = Suggestion.nearest(to: word, among: choices.sorted())
                let place = prefix.isEmpty ? "" : " after '\(prefix.joined(separator: " "))'"
                throw Misuse(
                    guess.map { "Unknown command\(place); did you mean '\($0)'?" }
                        ?? "Unknown command\(place); there are: \(next(after: prefix)).", see: prefix)
            }
            prefix.append(word)
            if let exact = candidates.first(where: { $0.words == prefix }) { return (exact, prefix.count, false) }
        }
        return (nil, prefix.count, false)
    }

    private static func arguments(of command: Command, _ words: [String]) throws(Misuse) -> Arguments {
        var arguments = Arguments()
        arguments.mayGoElsewhere = command.options.contains { $0.name == Command.Option.server.name }
        var positional: [String] = []
        var rest = words[...]
        var optionsAreOver = false
        while let word = rest.popFirst() {
            guard !optionsAreOver, mayBeOption(word, of: command) else {
                positional.append(word)
                continue
            }
            if word == "--" {
                optionsAreOver = true
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let option = try option(parts[0], of: command)
            if option.value == nil {
                guard parts.count == 1 else { throw Misuse("\(option.name) takes no value.", see: command.words) }
                arguments.options[option.name] = [""]
            } else {
                guard let value = parts.count == 2 ? parts[1] : rest.popFirst(), !value.isEmpty else {
                    throw Misuse("\(option.name) needs a value.", see: command.words)
                }
                arguments.options[option.name, default: []].append(value)
            }
        }
        try assign(positional, to: &arguments, of: command)
        for option in command.options where option.isRequired && !arguments.has(option) {
            throw Misuse("\(option.name) is missing.", see: command.words)
        }
        try checkPlace(arguments, positional, of: command)
        return arguments
    }

    /// One hyphen before more than a letter is a value unless it is one of the command's options: every 64th key's name
    /// begins with a hyphen, and whoever has to retire a key is in a hurry.
    private static func mayBeOption(_ word: String, of command: Command) -> Bool {
        guard word.hasPrefix("-"), word != "-" else { return false }
        return word.hasPrefix("--") || word.utf8.count <= 2
            || command.options.contains { word == $0.name || word.hasPrefix($0.name + "=") }
    }

    /// Standard input is read once.
    private static func checkPlace(
        _ arguments: Arguments, _ positional: [String], of command: Command
    ) throws(Misuse) {
        if arguments.has(.server), arguments.has(.data) || arguments.has(.config) {
            throw Misuse("--server is for a server elsewhere; --data and --config are not.", see: command.words)
        }
        guard arguments.value(.keyFile) == "-" else { return }
        if arguments.has(.passwordFromInput) || positional.contains("-") {
            throw Misuse("Standard input holds the key, and so nothing else.", see: command.words)
        }
    }

    private static func option(_ name: String, of command: Command) throws(Misuse) -> Command.Option {
        if let option = command.options.first(where: { $0.name == name }) { return option }
        if name == "--password", command.options.contains(where: { $0.name == "--password-stdin" }) {
            throw Misuse(
                "A password is never an argument, where others could read it; it is asked for, or read with --password-stdin.",
                see: command.words)
        }
        if Command.Option.elsewhere.contains(where: { $0.name == name }) {
            throw Misuse("'\(command.name)' is for the server's own machine; it takes no \(name).", see: command.words)
        }
        let guess = Suggestion.nearest(to: name, among: command.options.map(\.name))
        throw Misuse(guess.map { "Unknown option; did you mean '\($0)'?" } ?? "Unknown option.", see: command.words)
    }

    private static func assign(
        _ positional: [String], to arguments: inout Arguments, of command: Command
    ) throws(Misuse) {
        guard positional.count <= command.parameters.count || command.parameters.last?.isRepeated == true else {
            throw Misuse("Too many arguments: \(expected(by: command)).", see: command.words)
        }
        for (index, parameter) in command.parameters.enumerated() {
            if index >= positional.count, parameter.isOptional { continue }
            guard index < positional.count, !positional[index].isEmpty else {
                throw Misuse("\(parameter.name) is missing.", see: command.words)
            }
            arguments.parameters[parameter.name] = positional[index]
            if parameter.isRepeated { arguments.repeated = Array(positional[index...]) }
        }
    }

    private static func next(after group: [String]) -> String {
        var seen: [String] = []
        for command in commands where command.words.starts(with: group) {
            let word = command.words[group.count]
            if !seen.contains(word) { seen.append(word) }
        }
        return seen.joined(separator: ", ")
    }

    private static func expected(by command: Command) -> String {
        let names = command.parameters.map(\.name).joined(separator: " and ")
        return "'\(command.name)' takes \(names.isEmpty ? "none" : "only \(names)")"
    }
}
