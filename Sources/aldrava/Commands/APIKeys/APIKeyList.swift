internal import App

extension Command {
    static let apiKeyList = Command(
        words: ["api-key", "list"], summary: "List API keys, also those that ended.",
        options: Option.paging + Option.common, example: "aldrava api-key list",
        notes: "The last use is written to the database about a minute later. No list shows a key itself."
    ) { arguments in
        try Reply.printPages(arguments, in: ["api-key", "list"]) { .apiKey(.list($0)) }
    }
}
