internal import App

extension Command {
    static let roles = [roleCreate, roleList, roleShow, roleDelete]
    static let description = Option("--description", "TEXT", "What it is for, in at most 256 characters.")

    static let roleCreate = Command(
        words: ["role", "create"], summary: "Create a role.", parameters: [Parameter("NAME", "Such as 'editor'.")],
        options: [description] + Option.common,
        example: "aldrava role create editor --description 'May change articles'"
    ) { arguments in
        try Reply.print(
            .role(.create(name: arguments["NAME"], description: arguments.value(description) ?? "")), arguments)
    }
}
