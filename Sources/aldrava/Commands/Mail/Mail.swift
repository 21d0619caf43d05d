internal import App

extension Command {
    static let mail = [mailTest, mailList, mailRetry, mailRetryDead]

    private static let language = Option(
        "--language", "TAG", "The letter's language: en or pt-BR; without it, the realm's.",
        kind: .oneOf(["en", "pt-BR"]))
    private static let state = Option(
        "--state", "STATE", "Only those that are waiting, sent, dead or dropped.",
        kind: .oneOf(["waiting", "sent", "dead", "dropped"]))
    private static let everyRealm: [Option] = [.data, .config, .json] + Option.elsewhere
    private static let dead = Option(switch: "--dead", "Only those that were given up.")

    static let mailTest = Command(
        words: ["mail", "test"], summary: "Send a letter that says nothing, and wait for what becomes of it.",
        parameters: [Parameter("ADDRESS", "Where it goes.")], options: [language] + Option.common,
        example: "aldrava mail test ana@example.com --language pt-BR",
        notes: "Without a mail server in the settings the letter lands in the folder mail of the data folder."
    ) { arguments in
        let tag = arguments.value(language)
        if let tag, !["en", "pt-BR"].contains(tag) {
            throw Misuse("--language is en or pt-BR.", see: ["mail", "test"])
        }
        return try Reply.print(.mail(.test(address: arguments["ADDRESS"], language: tag)), arguments)
    }

    static let mailList = Command(
        words: ["mail", "list"], summary: "List letters of all realms, newest first.",
        options: [state, dead] + Option.paging + everyRealm, example: "aldrava mail list --dead",
        notes: "Addresses are masked. What was sent is remembered for seven days, without its content."
    ) { arguments in
        let words = ["mail", "list"]
        let word = arguments.has(dead) ? "dead" : arguments.value(state)
        if arguments.has(dead), arguments.has(state) {
            throw Misuse("--state and --dead exclude each other.", see: words)
        }
        if let word, !["waiting", "sent", "dead", "dropped"].contains(word) {
            throw Misuse("--state is waiting, sent, dead or dropped.", see: words)
        }
        return try Reply.printPages(arguments, in: words) { .mail(.list(state: word, $0)) }
    }

    static let mailRetry = Command(
        words: ["mail", "retry"], summary: "Try one letter again now.",
        parameters: [Parameter("LETTER", "Its id, as 'mail list' shows it.")], options: everyRealm,
        example: "aldrava mail retry 01936f4e-7a10-7abc-8def-0123456789ab",
        notes: "One that waits for its next try need not wait; one that was given up gets two more days."
    ) { try Reply.print(.mail(.retry($0["LETTER"])), $0) }

    static let mailRetryDead = Command(
        words: ["mail", "retry-dead"], summary: "Try all letters again that were given up.", options: everyRealm,
        example: "aldrava mail retry-dead"
    ) { try Reply.print(.mail(.retryDead), $0) }
}
