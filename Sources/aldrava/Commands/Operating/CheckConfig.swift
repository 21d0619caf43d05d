internal import App
internal import Config

extension Command {
    static let checkConfig = Command(
        words: ["check-config"], summary: "Check all settings as serve would, and show where each comes from.",
        options: [.data, .config, .json], example: "aldrava check-config --config /etc/aldrava/aldrava.conf",
        notes: """
            Secrets are shown as set or unset only. Nothing is started or made.
            Exit code 0: serve would take them. 3: it would not, for the reasons that are listed.
            """
    ) { arguments in
        let config: Config
        do throws(Invalid) { config = try Settings.check(arguments) } catch {
            guard arguments.has(.json) else { throw Settings.fault(error) }
            Terminal.complain(json: CheckConfig.json(error))
            return .configuration
        }
        return try Reply.print(
            try CheckConfig.reply(config, typed: arguments.has(.data) ? ["ALDRAVA_DATA"] : []), arguments)
    }
}
