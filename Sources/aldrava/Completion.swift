/// What shells read to complete command lines, out of the command table.
enum Completion {
    enum Shell: String, CaseIterable {
        case bash
        case zsh
        case fish
    }

    static func script(for shell: Shell) -> String {
        switch shell {
        case .bash: bash
        case .zsh: zsh
        case .fish: fish
        }
    }

    /// Every beginning of a command, the empty one first: where each continues, and what it takes.
    private static var places: [Place] {
        var places = [Place(words: [], command: nil, next: next(after: []))]
        for command in CommandTable.commands {
            for count in 1...command.words.count {
                let words = Array(command.words.prefix(count))
                guard !places.contains(where: { $0.words == words }) else { continue }
                places.append(
                    Place(
                        words: words, command: CommandTable.commands.first { $0.words == words },
                        next: next(after: words)))
            }
        }
        return places
    }

    private struct Place {
        let words: [String]
        /// The command of exactly these words.
        let command: Command?
        let next: [(word: String, summary: String)]

        var path: String { words.joined(separator: " ") }
        var options: [Command.Option] { (command?.options ?? []) + [.help] }
        var kind: Command.ValueKind { command?.parameters.first?.kind ?? .text }

        /// The words that may come: further words of commands, choices, options.
        var candidates: [String] {
            var words = next.map(\.word)
            if case .oneOf(let choices) = kind { words += choices }
            return words + options.map(\.name)
        }
    }

    private static func next(after words: [String]) -> [(word: String, summary: String)] {
        var seen: [(word: String, summary: String)] = []
        for command in CommandTable.commands
        where command.words.starts(with: words) && command.words.count > words.count {
            let word = command.words[words.count]
            guard !seen.contains(where: { $0.word == word }) else { continue }
            let isWhole = command.words.count == words.count + 1
            seen.append((word, isWhole ? command.summary : "Commands about \(word)."))
        }
        return seen
    }

    /// Options that take a value, each once, by what their value is.
    private static func options(_ kind: Command.ValueKind) -> [String] {
        Set(CommandTable.commands.flatMap(\.options).filter { $0.value != nil && $0.kind == kind }.map(\.name)).sorted()
    }

    // MARK: bash

    private static var bash: String {
        """
        # Completion of aldrava for bash; 'aldrava completion bash' prints this.
        _aldrava() {
            local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} path= word= index
            COMPREPLY=()
            case $previous in
            \(options(.file).joined(separator: "|"))) compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); return ;;
            \(options(.folder).joined(separator: "|"))) compopt -o filenames; COMPREPLY=($(compgen -d -- "$current")); return ;;
            \(options(.text).joined(separator: "|"))) return ;;
            esac
            for ((index = 1; index < COMP_CWORD; index++)); do
                word=${COMP_WORDS[index]}
                case "${path:+$path }$word" in
                \(quoted(places.dropFirst().map(\.path)).joined(separator: "|"))) path=${path:+$path }$word ;;
                *) break ;;
                esac
            done
            case $path in
        \(places.map { "    '\($0.path)') word='\($0.candidates.joined(separator: " "))' ;;" }.joined(separator: "\n"))
            esac
            COMPREPLY=($(compgen -W "$word" -- "$current"))
            case $path in
            \(quoted(places.filter { $0.kind == .file }.map(\.path)).joined(separator: "|")))
                [[ $current == -* ]] || { compopt -o filenames; COMPREPLY=($(compgen -f -- "$current")); } ;;
            esac
        }
        complete -F _aldrava aldrava
        """
    }

    private static func quoted(_ words: [String]) -> [String] { words.map { "'\($0)'" } }

    // MARK: zsh

    private static var zsh: String {
        """
        #compdef aldrava
        # Completion of aldrava for zsh; 'aldrava completion zsh' prints this.
        _aldrava() {
            local path_so_far= word index
            local -a found
            case ${words[CURRENT-1]} in
            \(options(.file).joined(separator: "|"))) _files; return ;;
            \(options(.folder).joined(separator: "|"))) _files -/; return ;;
            \(options(.text).joined(separator: "|"))) return ;;
            esac
            for ((index = 2; index < CURRENT; index++)); do
                word=${words[index]}
                case "${path_so_far:+$path_so_far }$word" in
                \(quoted(places.dropFirst().map(\.path)).joined(separator: "|"))) path_so_far="${path_so_far:+$path_so_far }$word" ;;
                *) break ;;
                esac
            done
            case $path_so_far in
        \(places.map(zshCase).joined(separator: "\n"))
            esac
            _describe -t commands command found
        }
        if [[ $funcstack[1] = _aldrava ]]; then
            _aldrava "$@"
        else
            compdef _aldrava aldrava
        fi
        """
    }

    private static func zshCase(_ place: Place) -> String {
        var entries = place.next.map { zshEntry($0.word, $0.summary) }
        if case .oneOf(let choices) = place.kind { entries += choices.map { zshEntry($0, "") } }
        entries += place.options.map { zshEntry($0.name, $0.summary) }
        let files = place.kind == .file ? "_files; " : ""
        return "    '\(place.path)') \(files)found=(\(entries.joined(separator: " "))) ;;"
    }

    private static func zshEntry(_ word: String, _ summary: String) -> String {
        shellQuoted(escaping(word, ":") + (summary.isEmpty ? "" : ":" + summary))
    }

    // MARK: fish

    private static var fish: String {
        var lines = [
            "# Completion of aldrava for fish; 'aldrava completion fish' prints this.",
            "function __aldrava_at",
            "    set -l path",
            "    for word in (commandline -opc)[2..-1]",
            "        contains -- (string join ' ' -- $path $word) \(quoted(places.dropFirst().map(\.path)).joined(separator: " "))",
            "        or break",
            "        set path $path $word",
            "    end",
            "    test \"$path\" = \"$argv\"",
            "end",
            "complete -c aldrava -f",
        ]
        for place in places {
            let condition = "-n \"__aldrava_at '\(place.path)'\""
            for (word, summary) in place.next {
                lines.append("complete -c aldrava \(condition) -a \(word) -d \(shellQuoted(summary))")
            }
            if case .oneOf(let choices) = place.kind {
                lines.append("complete -c aldrava \(condition) -a \(shellQuoted(choices.joined(separator: " ")))")
            }
            if place.kind == .file { lines.append("complete -c aldrava \(condition) -F") }
            for option in place.options {
                let value = option.value == nil ? "" : option.kind == .text ? " -x" : " -r -F"
                let isLong = option.name.hasPrefix("--")
                let name = isLong ? "-l \(option.name.dropFirst(2))" : "-s \(option.name.dropFirst())"
                lines.append("complete -c aldrava \(condition) \(name)\(value) -d \(shellQuoted(option.summary))")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func shellQuoted(_ text: String) -> String { "'" + escaping(text, "'", with: "'\\''") + "'" }

    private static func escaping(_ text: String, _ character: Character, with replacement: String? = nil) -> String {
        text.map { $0 == character ? replacement ?? "\\\($0)" : String($0) }.joined()
    }
}
