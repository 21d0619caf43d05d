internal import App
internal import Config

extension Command {
    static let serve = Command(
        words: ["serve"], summary: "Run the server until it is told to stop.",
        options: [.data, .config], example: "aldrava serve --data /var/lib/aldrava",
        notes: """
            SIGTERM or Ctrl-C: requests under way finish, then the database closes; a second one ends it at once.
            SIGHUP: what may change is read again. SIGUSR2: the same as 'aldrava upgrade'.
            A server that dies is replaced at once, and what it was doing is written to logline.system.jsonl.

            Settings, from the environment or the settings file; docs/CONFIGURATION.md says more:
            \(Config.help)
            """
    ) { arguments in
        try serveUntilStopped(try Settings.read(arguments)) { Terminal.print($0) }
    }
}
