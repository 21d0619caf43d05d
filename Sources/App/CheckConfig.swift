public import Config
internal import Glibc
internal import Standards
internal import StoragePostgres

/// Judges the settings as `serve` would, without starting anything or making anything.
public enum CheckConfig {
    /// What is printed where all is well: a table for people, the same for programs.
    ///
    /// - Parameter typed: the settings that an option gave.
    public static func reply(_ config: Config, typed: Set<String>) throws(StartFault) -> ControlReply {
        try checkBeyondText(config)
        let settings = config.effective.map { setting in
            typed.contains(setting.name)
                ? EffectiveSetting(name: setting.name, value: setting.value, origin: .commandLine) : setting
        }
        return ControlReply(
            .done, "The settings can be used.",
            [
                "settings": .array(
                    settings.map {
                        [
                            "name": .string($0.name), "value": .string($0.value), "from": .string($0.origin.word),
                            "place": .string($0.origin.description),
                        ]
                    })
            ],
            table: Table(
                ["SETTING", "VALUE", "FROM"], settings.map { [$0.name, $0.value, $0.origin.description] }))
    }

    /// What `--json` prints where the settings cannot be used; no value is part of it.
    public static func json(_ invalid: Invalid) -> String {
        JSON.object([
            JSON.Member("outcome", "configuration"), JSON.Member("message", .string(invalid.description)),
            JSON.Member(
                "result",
                [
                    "code": "configuration",
                    "problems": .array(
                        invalid.problems.map {
                            [
                                "name": .string($0.name), "problem": .string($0.whatIsWrong),
                                "allowed": .string($0.allowed),
                            ]
                        }),
                ]),
        ]).text
    }

    /// The database's URL, the data folder and the key in it, as far as they are there.
    private static func checkBeyondText(_ config: Config) throws(StartFault) {
        if let url = config.databaseURL, let problem = PostgresStore.problem(with: url) {
            throw .configuration("ALDRAVA_DATABASE: \(problem).")
        }
        try MailRoute.check(config)
        guard unsafe access(config.data, F_OK) == 0 else { return }
        try DataFolder.check(config.data, mayMake: false)
        if config.masterKey == nil {
            _ = try MasterKeyFile.read(config.path(MasterKeyFile.name))
        }
    }
}
