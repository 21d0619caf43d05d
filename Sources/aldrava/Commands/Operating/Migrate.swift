internal import App

extension Command {
    static let operating = [doctor, checkConfig, migrate, backup, upgrade, completion, man, version]

    static let migrate = Command(
        words: ["migrate"], summary: "Bring the database up to date; serve does it too.",
        options: [servingRole, .data, .config, .json], example: "aldrava migrate --data /var/lib/aldrava",
        notes: """
            Where the role that owns the tables of a PostgreSQL database is not the one that serves, run this with the
            owner's URL in ALDRAVA_DATABASE before each new version of the server. With --grant the other role may read
            and write the tables from then on, those of later versions too, and change none of them.
            """
    ) { arguments in
        guard let role = arguments.value(servingRole) else { return try Reply.print(.database(.migrate), arguments) }
        return try Reply.print(try letServe(role, try Settings.read(arguments)), arguments)
    }

    private static let servingRole = Option(
        "--grant", "ROLE", "Let this database role serve, which owns nothing (PostgreSQL).")
}
