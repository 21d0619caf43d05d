internal import App

extension Command {
    private static let dryRun = Option(switch: "--dry-run", "Only say what would change.")
    static let acceptMisfits = Option(
        switch: "--accept-misfits", "Also where somebody's profile does not fit the new rules; it is marked then.")

    static let apply = Command(
        words: ["apply"], summary: "Make realms what files say; a second time changes nothing.",
        parameters: [
            Parameter(
                "FILE", "One realm in JSON, or - for standard input; several may follow.", .file, isRepeated: true)
        ],
        options: [dryRun, acceptMisfits, .data, .config, .json] + Option.elsewhere,
        example: "aldrava apply market.json --dry-run",
        notes: """
            Each difference is a line: + comes, - goes, ~ changes. A setting that the file does not have follows the server
            again, except 'enabled', which stays. Permissions and roles are made and changed; none is deleted, and what
            users hold is not touched. A role that the file names with 'permissions' gives exactly those.

            Exit code 0 with and without differences, also with --dry-run; with --json the member 'changes' is empty where
            there are none. The first file that is refused ends the command; those before it are applied, and applying all
            of them again is safe. With --json each file's reply is a line of its own.
            """
    ) { arguments in
        let files = arguments.repeated
        // All of them before the first: a slip in the last one is found while nothing is done.
        let commands = try files.map {
            try RealmInput.applying(
                $0, isDryRun: arguments.has(dryRun), acceptsMisfits: arguments.has(acceptMisfits))
        }
        return try withControl(try Settings.place(arguments)) { send in
            for (file, command) in zip(files, commands) {
                let reply = try send(ControlRequest(realm: "default", command: command))
                if reply.outcome != .done, files.count > 1, !arguments.has(.json) { Terminal.complain("\(file):") }
                let code = try Reply.print(reply, arguments)
                guard code == .ok else { return code }
            }
            return .ok
        }
    }
}
