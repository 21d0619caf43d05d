internal import App

extension Command {
    private static let ofUser = Option("--user", "USER", "A username, an e-mail address or an id.")
    private static let ofRole = Option("--role", "ROLE", "A role, instead of a user.")

    static let grantList = Command(
        words: ["grant", "list"], summary: "List what a user holds, and through which role, or what a role gives.",
        options: [ofUser, ofRole] + Option.common, example: "aldrava grant list --user rui",
        notes: "One of --user and --role is needed."
    ) { arguments in
        switch (arguments.value(ofUser), arguments.value(ofRole)) {
        case (let user?, nil): return try Reply.print(.grant(.listOfUser(user)), arguments)
        case (nil, let role?): return try Reply.print(.grant(.listOfRole(role)), arguments)
        default: throw Misuse("Exactly one of --user and --role is needed.", see: ["grant", "list"])
        }
    }
}
