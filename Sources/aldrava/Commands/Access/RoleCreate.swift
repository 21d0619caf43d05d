internal import App

extension Command {
    static let roles = [roleCreate, roleList, roleShow, roleChange, roleHolders, roleDelete]
    static let description = Option("--description", "TEXT", "What it is for, in at most 256 characters.")
    static let seenVersion = Option(
        "--if-version", "VERSION", "Only where it is this version still, as the list or 'show' tells it.")
    private static let rank = Option("--rank", "NUMBER", "How high it stands, 0 to 1000.")
    private static let newName = Option("--name", "NAME", "Another name.")

    static let roleCreate = Command(
        words: ["role", "create"], summary: "Create a role.", parameters: [Parameter("NAME", "Such as 'editor'.")],
        options: [description, rank] + Option.common,
        example: "aldrava role create editor --description 'May change articles'"
    ) { arguments in
        try Reply.print(
            .role(
                .create(
                    name: arguments["NAME"], description: arguments.value(description) ?? "",
                    rank: try number(arguments, ["role", "create"]))), arguments)
    }

    static let roleChange = Command(
        words: ["role", "change"], summary: "Change a role's name, description or rank.",
        parameters: [Parameter("ROLE", "The role's name.")],
        options: [newName, description, rank, seenVersion] + Option.common,
        example: "aldrava role change editor --rank 100",
        notes: "What a role gives is changed with 'grant permission' and 'grant role'."
    ) { arguments in
        try Reply.print(
            .role(
                .change(
                    arguments["ROLE"], name: arguments.value(newName), description: arguments.value(description),
                    rank: try number(arguments, ["role", "change"]), version: arguments.value(seenVersion))), arguments)
    }

    static let roleHolders = Command(
        words: ["role", "holders"], summary: "List who was given a role.",
        parameters: [Parameter("ROLE", "The role's name.")], options: Option.paging + Option.common,
        example: "aldrava role holders editor"
    ) { arguments in
        try Reply.printPages(arguments, in: ["role", "holders"]) { .role(.holders(arguments["ROLE"], $0)) }
    }

    private static func number(_ arguments: Arguments, _ words: [String]) throws -> Int64? {
        guard let text = arguments.value(rank) else { return nil }
        guard let number = Int64(text), (0...1_000).contains(number) else {
            throw Misuse("--rank needs a number from 0 to 1000.", see: words)
        }
        return number
    }
}
