internal import App

extension Command {
    static let backup = Command(
        words: ["backup"], summary: "Copy the SQLite database to a file, while the server runs or not.",
        parameters: [Parameter("FILE", "A file that does not exist yet; it is made with mode 600.", .file)],
        options: [.data, .config, .json], example: "aldrava backup /var/backups/aldrava-2026-11-21.db",
        notes: """
            The copy is consistent: it holds every change that was acknowledged before it began.
            It does not hold the master key, without which it cannot be used: keep that apart.
            A PostgreSQL database is copied with pg_dump.
            """
    ) { arguments in
        try Reply.print(try backUp(try Settings.read(arguments), to: arguments["FILE"]), arguments)
    }
}
