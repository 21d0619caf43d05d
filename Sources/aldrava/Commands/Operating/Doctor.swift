internal import App
internal import Config

extension Command {
    private static let url = Option("--url", "URL", "Where clients reach the server, instead of ALDRAVA_PUBLIC_URL.")

    static let doctor = Command(
        words: ["doctor"], summary: "Find out what is wrong with an installation, and say how to mend it.",
        options: [url, .data, .config, .json], example: "aldrava doctor --url https://id.example.org",
        notes: """
            Works beside a running server, which then judges itself, and without one. Nothing is changed.
            With a server it asks the public URL, by curl, and sees what proxies make of the request.
            Exit code 0: fine. 1: there is something to look at. 5: something is wrong.
            """
    ) { arguments in
        let config: Result<Config, Invalid>
        do throws(Invalid) { config = .success(try Settings.check(arguments)) } catch { config = .failure(error) }
        let diagnosis = Doctor.examine(config, url: arguments.value(url))
        if arguments.has(.json) {
            Terminal.print(json: diagnosis.json)
        } else {
            Terminal.print(diagnosis.text)
        }
        return diagnosis.exitCode
    }
}
