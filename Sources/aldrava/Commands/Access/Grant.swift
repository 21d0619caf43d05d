internal import App
internal import Domain
internal import Flows

extension Command {
    static let grants = [grantRole, grantPermission, grantList, revokeRole, revokePermission, explain]
    static let grantRole = changeRole(
        "grant", isGrant: true, "Give a role to a user, an API key or a group, or let a role include it.")
    static let grantPermission = changePermission(
        "grant", isGrant: true, "Give a permission to a user, a role, an API key or a group.")

    /// The four kinds of holders, as options.
    enum HolderOption {
        static let user = Option("--user", "USER", "A username, an e-mail address or an id.")
        static let role = Option("--role", "ROLE", "A role, instead of a user.")
        static let key = Option("--key", "KEY", "An API key's name or id, instead of a user.")
        static let group = Option("--group", "GROUP", "A group, instead of a user.")
        static let all = [user, role, key, group]
        static let note = "One of --user, --role, --key and --group is needed."

        static func holder(_ arguments: Arguments, _ words: [String]) throws -> HolderName {
            let holders = [
                arguments.value(user).map { HolderName.user($0) }, arguments.value(role).map { .role($0) },
                arguments.value(key).map { .key($0) }, arguments.value(group).map { .group($0) },
            ].compactMap(\.self)
            guard holders.count == 1 else {
                throw Misuse("Exactly one of --user, --role, --key and --group is needed.", see: words)
            }
            return holders[0]
        }
    }

    private static let until = Option(
        "--until", "WHEN", "When it ends by itself: a day such as 2027-01-31, a time, or 30d.")
    static let onInstance = Option(
        "--on", "INSTANCE", "The one thing that is meant, such as 'messages/42'; without it, all of them.")

    static func changeRole(_ word: String, isGrant: Bool, _ summary: String) -> Command {
        Command(
            words: [word, "role"], summary: summary, parameters: [Parameter("ROLE", "The role's name.")],
            options: HolderOption.all + (isGrant ? [until] : []) + Option.common,
            example: "aldrava \(word) role editor --user rui",
            notes: HolderOption.note + " A role that is given a role includes it."
        ) { arguments in
            let words = [word, "role"]
            let holder = try HolderOption.holder(arguments, words)
            return try change(.role(arguments["ROLE"]), holder, isGrant: isGrant, arguments, words)
        }
    }

    static func changePermission(_ word: String, isGrant: Bool, _ summary: String) -> Command {
        Command(
            words: [word, "permission"], summary: summary,
            parameters: [
                Parameter("PERMISSION", "The permission's name, or RESOURCE:ACTION; either part may be '*'.")
            ],
            options: HolderOption.all + [onInstance] + (isGrant ? [until] : []) + Option.common,
            example: "aldrava \(word) permission messages:read --role editor", notes: HolderOption.note
        ) { arguments in
            let words = [word, "permission"]
            let holder = try HolderOption.holder(arguments, words)
            let held = HeldName.permission(arguments["PERMISSION"], instance: arguments.value(onInstance))
            return try change(held, holder, isGrant: isGrant, arguments, words)
        }
    }

    private static func change(
        _ held: HeldName, _ holder: HolderName, isGrant: Bool, _ arguments: Arguments, _ words: [String]
    ) throws -> ExitCode {
        guard isGrant, let text = arguments.value(until) else {
            return try Reply.print(.grant(.change(GrantChange(held, to: holder), isGrant: isGrant)), arguments)
        }
        if let seconds = TimeInput.seconds(text) {
            return try Reply.print(.grant(.give(GrantChange(held, to: holder), forSeconds: seconds)), arguments)
        }
        guard let time = Timestamp(dayOrTime: text) else {
            throw Misuse("--until needs a day such as 2027-01-31, a time, or 30d.", see: words)
        }
        return try Reply.print(
            .grant(.change(GrantChange(held, to: holder, until: time), isGrant: true)), arguments)
    }
}
