internal import App

extension Command {
    static let operating = [doctor, checkConfig, migrate, backup, upgrade, completion, man, version]

    static let migrate = Command(
        words: ["migrate"], summary: "Bring the database up to date; serve does it too.",
        options: [.data, .config, .json], example: "aldrava migrate --data /var/lib/aldrava"
    ) { try Reply.print(.database(.migrate), $0) }
}
