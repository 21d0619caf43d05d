internal import App
internal import Domain

extension Command {
    private static let until = Option(
        "--until", "WHEN", "A day such as 2027-01-31, which means 00:00 UTC, a time, or 30d.")

    static let userBan = Command(
        words: ["user", "ban"], summary: "Keep a user out until a date; every session ends at once.",
        parameters: [user], options: [until] + Option.common, example: "aldrava user ban rui --until 30d"
    ) { arguments in
        let words = ["user", "ban"]
        guard let text = arguments.value(until) else { throw Misuse("--until is needed.", see: words) }
        let end: UserCommand.BanEnd
        if let seconds = TimeInput.seconds(text) {
            end = .after(seconds)
        } else if let time = Timestamp(dayOrTime: text) {
            end = .at(time.milliseconds)
        } else {
            throw Misuse(
                "--until needs a day such as 2027-01-31, a time such as 2027-01-31T18:30:00Z, or 30d.", see: words)
        }
        return try Reply.print(.user(.ban(arguments["USER"], until: end)), arguments)
    }

    static let userUnban = Command(
        words: ["user", "unban"], summary: "Let a user in again before a ban is over.", parameters: [user],
        options: Option.common, example: "aldrava user unban rui"
    ) { try Reply.print(.user(.unban($0["USER"])), $0) }
}
