internal import App
internal import Config

/// The way of every command but `serve` and `version`: settings, then the server or the database, then the answer.
enum Reply {
    static func print(_ command: ControlCommand, _ arguments: Arguments) throws -> ExitCode {
        let config = try Settings.read(arguments)
        let request = ControlRequest(realm: arguments.value(.realm) ?? "default", command: command)
        return try print(try carryOut(request, config), arguments)
    }

    static func print(_ reply: ControlReply, _ arguments: Arguments) throws -> ExitCode {
        if arguments.has(.json) {
            Terminal.print(reply.text)
        } else if reply.outcome == .done {
            Terminal.print(reply.message)
        } else {
            Terminal.complain(reply.message)
        }
        return reply.exitCode
    }
}

/// The environment and the settings file, with what the command line says instead.
enum Settings {
    static func read(_ arguments: Arguments) throws -> Config {
        var environment = ProcessEnvironment.settings
        if let data = arguments.value(.data) { environment["ALDRAVA_DATA"] = data }
        do {
            return try Config(environment: environment, file: arguments.value(.config), machine: .current)
        } catch {
            let count = error.problems.count == 1 ? "One setting cannot" : "\(error.problems.count) settings cannot"
            throw StartFault.configuration("\(count) be used:\n\(error.description)")
        }
    }
}
