internal import App
internal import Domain
internal import Flows

extension Command.Option {
    static let limit = Command.Option("--limit", "NUMBER", "At most so many; without it, all.")
    static let after = Command.Option("--after", "PLACE", "Go on where a list with --limit ended: its 'next'.")
    static let paging = [limit, after]
}

extension Command {
    private static let search = Option(
        "--search", "TEXT", "Only those whose name or e-mail address has TEXT in it, or whose number begins so.")
    private static let prefix = Option(
        "--starts-with", "TEXT", "Only those whose name, or address with --sort email, begins so; needs --sort.")
    private static let role = Option("--role", "ROLE", "Only those who hold the role.")
    private static let active = Option(switch: "--active", "Only those who were not shut out.")
    private static let disabled = Option(switch: "--disabled", "Only those who were shut out.")
    private static let banned = Option(switch: "--banned", "Only those whose ban holds now.")
    private static let deactivated = Option(switch: "--deactivated", "Only those who laid their account down.")
    private static let verified = Option(switch: "--verified", "Only those whose address was proven by mail.")
    private static let unverified = Option(switch: "--unverified", "Only the others.")
    private static let createdFrom = Option("--created-from", "WHEN", "Made then or later: a day or a time.")
    private static let createdBefore = Option("--created-before", "WHEN", "Made before then.")
    private static let signedInFrom = Option("--signed-in-from", "WHEN", "Last signed in then or later.")
    private static let signedInBefore = Option("--signed-in-before", "WHEN", "Last signed in before then.")
    private static let sort = Option(
        "--sort", "FIELD", "By number, username, email, created_at or last_sign_in_at; by number unless told.")
    private static let descending = Option(switch: "--descending", "The other way round.")
    private static let count = Option(switch: "--count", "Say only how many they are.")

    static let userList = Command(
        words: ["user", "list"], summary: "List users, searched, filtered and sorted.",
        options: [
            search, prefix, role, active, disabled, banned, deactivated, verified, unverified, createdFrom,
            createdBefore, signedInFrom, signedInBefore, sort, descending, count,
        ] + Option.paging + Option.common,
        example: "aldrava user list --role editor --sort last_sign_in_at --descending --limit 20"
    ) { arguments in
        let words = ["user", "list"]
        func either(_ yes: Option, _ no: Option) throws(Misuse) -> Bool? {
            guard !(arguments.has(yes) && arguments.has(no)) else {
                throw Misuse("\(yes.name) and \(no.name) exclude each other.", see: words)
            }
            return arguments.has(yes) ? true : arguments.has(no) ? false : nil
        }
        func time(_ option: Option) throws(Misuse) -> Timestamp? {
            guard let text = arguments.value(option) else { return nil }
            guard let time = Timestamp(dayOrTime: text) else {
                throw Misuse(
                    "\(option.name) needs a day such as 2027-01-31 or a time such as 2027-01-31T18:30:00Z.", see: words)
            }
            return time
        }
        let filter = ListUsers.Filter(
            isActive: try either(active, disabled), isBanned: arguments.has(banned) ? true : nil,
            isDeactivated: arguments.has(deactivated) ? true : nil, isVerified: try either(verified, unverified),
            text: arguments.value(search), prefix: arguments.value(prefix), role: arguments.value(role),
            created: TimeSpan(from: try time(createdFrom), before: try time(createdBefore)),
            signedIn: TimeSpan(from: try time(signedInFrom), before: try time(signedInBefore)))
        var field = UserSort.number
        if let text = arguments.value(sort) {
            guard let known = UserSort(rawValue: text) else {
                let all = UserSort.allCases.map(\.rawValue).joined(separator: ", ")
                throw Misuse("--sort needs one of: \(all).", see: words)
            }
            field = known
        }
        if arguments.has(count) { return try Reply.print(.user(.count(filter)), arguments) }
        let order = UserOrder(field, isDescending: arguments.has(descending))
        return try Reply.printPages(arguments, in: words) { .user(.list(filter, order, $0)) }
    }
}
