internal import App

extension Command {
    static let sessions = [sessionList, sessionEnd, sessionEndAll]

    static let sessionList = Command(
        words: ["session", "list"], summary: "List where a user is signed in.", parameters: [user],
        options: Option.paging + Option.common, example: "aldrava session list rui",
        notes: "The last activity is written to the database every ten seconds at the latest."
    ) { arguments in
        try Reply.printPages(arguments, in: ["session", "list"]) { .session(.list(user: arguments["USER"], $0)) }
    }
}
