internal import App
internal import Flows

extension Command.Option {
    static let limit = Command.Option("--limit", "NUMBER", "At most so many; without it, all.")
    static let after = Command.Option("--after", "PLACE", "Go on where a list with --limit ended: its 'next'.")
    static let paging = [limit, after]
}

extension Command {
    private static let search = Option("--search", "TEXT", "Only those whose name or e-mail address has TEXT in it.")
    private static let role = Option("--role", "ROLE", "Only those who hold the role.")
    private static let active = Option(switch: "--active", "Only those who may sign in.")
    private static let disabled = Option(switch: "--disabled", "Only those who were shut out.")

    static let userList = Command(
        words: ["user", "list"], summary: "List users, in the order in which they came.",
        options: [search, role, active, disabled] + Option.paging + Option.common,
        example: "aldrava user list --role editor --limit 20"
    ) { arguments in
        let words = ["user", "list"]
        guard !(arguments.has(active) && arguments.has(disabled)) else {
            throw Misuse("--active and --disabled exclude each other.", see: words)
        }
        let filter = ListUsers.Filter(
            isActive: arguments.has(active) ? true : arguments.has(disabled) ? false : nil,
            text: arguments.value(search), role: arguments.value(role))
        return try Reply.printPages(arguments, in: words) { .user(.list(filter, $0)) }
    }
}
