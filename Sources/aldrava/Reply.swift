internal import App
internal import Config

/// The way of most commands: settings, then the server or the database, then the answer.
enum Reply {
    static func print(_ command: ControlCommand, _ arguments: Arguments) throws -> ExitCode {
        let request = ControlRequest(realm: arguments.value(.realm) ?? "default", command: command)
        return try print(try carryOut(request, try Settings.place(arguments)), arguments)
    }

    static func print(_ reply: ControlReply, _ arguments: Arguments) throws -> ExitCode {
        if arguments.has(.json) {
            Terminal.print(json: reply.text)
        } else if reply.outcome != .done {
            Terminal.complain(reply.message)
        } else if let output = reply.output {
            Terminal.print(output)
            Terminal.complain(reply.message)
        } else if let table = reply.table, !table.isEmpty {
            var layout = TableLayout(columns: Terminal.columns)
            Terminal.printAsIs(layout.lay(out: table))
        } else {
            Terminal.print(reply.message)
        }
        return reply.exitCode
    }

    /// Prints a list of any length, a page at a time.
    ///
    /// `--limit` and `--after` of the arguments say which part; `command` is asked for each page of it.
    static func printPages(
        _ arguments: Arguments, in command: [String], _ page: (PageRequest) -> ControlCommand
    ) throws -> ExitCode {
        let limit = try wanted(arguments, command)
        let place = try Settings.place(arguments)
        let realm = arguments.value(.realm) ?? "default"
        var printed = PageOutput(isJSON: arguments.has(.json))
        return try withControl(place) { send in
            var left = limit
            var after = arguments.value(.after)
            while true {
                let request = PageRequest(after: after, limit: left)
                let reply = try send(ControlRequest(realm: realm, command: page(request)))
                guard let part = reply.page else { return printed.end(with: reply) }
                printed.add(reply, part)
                left -= part.items.count
                guard let next = part.next, left > 0 else { return printed.end(next: part.next) }
                after = next
            }
        }
    }

    private static func wanted(_ arguments: Arguments, _ command: [String]) throws(Misuse) -> Int {
        guard let text = arguments.value(.limit) else { return .max }
        guard let limit = Int(text), limit > 0, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw Misuse("--limit needs a number above 0.", see: command)
        }
        return limit
    }
}

/// A list as it is printed: a table that grows, or one JSON object that is complete whatever happens on the way.
private struct PageOutput {
    let isJSON: Bool
    private var layout: TableLayout
    private var count = 0
    private var name: String?

    init(isJSON: Bool) {
        self.isJSON = isJSON
        layout = TableLayout(columns: Terminal.columns)
    }

    mutating func add(_ reply: ControlReply, _ page: ControlReply.Page) {
        defer { count += page.items.count }
        if isJSON {
            if name == nil { Terminal.print(json: "{\"result\":{\"\(page.name)\":[") }
            for (index, item) in page.items.enumerated() {
                // The comma comes before an element, so that the last one has none, whichever it is.
                Terminal.print(json: (count + index == 0 ? "" : ",") + item)
            }
            name = page.name
        } else if let table = reply.table, !table.isEmpty {
            Terminal.printAsIs(layout.lay(out: table))
        } else if count == 0 {
            Terminal.print(reply.message)
        }
    }

    /// After the last page; `next` is what `--after` goes on with, if there is more.
    func end(next: String?) -> ExitCode {
        if isJSON {
            let next = next.map { "\"\($0)\"" } ?? "null"
            Terminal.print(json: "],\"next\":\(next)},\"outcome\":\"done\",\"message\":\"\"}")
        } else if let next {
            Terminal.complain("There are more; go on with --after \(next).")
        }
        return .ok
    }

    /// Instead of a page came something else: a refusal, or a database that failed meanwhile.
    func end(with reply: ControlReply) -> ExitCode {
        guard isJSON else {
            Terminal.complain(reply.message)
            return reply.exitCode
        }
        if name != nil {
            Terminal.print(json: "],\"next\":null},\"outcome\":\"\(reply.outcome.rawValue)\",\"message\":\"\"}")
        } else {
            Terminal.print(json: reply.text)
        }
        return reply.exitCode
    }
}

/// The environment and the settings file, with what the command line says instead.
enum Settings {
    static func read(_ arguments: Arguments) throws -> Config {
        do throws(Invalid) { return try check(arguments) } catch { throw fault(error) }
    }

    /// Where the command is to be carried out. Whoever names a folder of this machine means this machine.
    static func place(_ arguments: Arguments) throws -> ControlPlace {
        let environment = ProcessEnvironment.values
        func value(_ option: Command.Option, _ variable: String) -> String? {
            arguments.value(option) ?? environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        }
        let isHere = !arguments.mayGoElsewhere || arguments.has(.data) || arguments.has(.config)
        guard !isHere, let url = value(.server, ProcessEnvironment.Elsewhere.server) else {
            if let option = Command.Option.elsewhere.first(where: { arguments.has($0) }) {
                throw Misuse("\(option.name) needs --server.")
            }
            return .here(try read(arguments))
        }
        guard let keyFile = value(.keyFile, ProcessEnvironment.Elsewhere.keyFile) else {
            throw StartFault.configuration("An API key is needed: name its file with --key-file or ALDRAVA_KEY_FILE.")
        }
        return .server(
            try RemoteServer(
                url: url, keyFile: keyFile, caFile: value(.caFile, ProcessEnvironment.Elsewhere.caFile)))
    }

    static func check(_ arguments: Arguments) throws(Invalid) -> Config {
        var environment = ProcessEnvironment.settings
        if let data = arguments.value(.data) { environment["ALDRAVA_DATA"] = data }
        return try Config(environment: environment, file: arguments.value(.config), machine: .current)
    }

    static func fault(_ invalid: Invalid) -> StartFault {
        let count = invalid.problems.count == 1 ? "One setting cannot" : "\(invalid.problems.count) settings cannot"
        return .configuration("\(count) be used:\n\(invalid.description)")
    }
}
