internal import App

extension Command {
    static let userConsents = Command(
        words: ["user", "consents"],
        summary: "List what a user agreed to and took back, with the events that prove it.",
        parameters: [user], options: Option.paging + Option.common, example: "aldrava user consents rui"
    ) { arguments in
        try Reply.printPages(arguments, in: ["user", "consents"]) { .person(.consents(arguments["USER"], $0)) }
    }
}
