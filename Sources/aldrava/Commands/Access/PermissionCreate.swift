internal import App

extension Command {
    static let permissions = [permissionCreate, permissionList]
    private static let name = Option("--name", "NAME", "Another name for it than RESOURCE:ACTION.")

    static let permissionCreate = Command(
        words: ["permission", "create"], summary: "Create a permission.",
        parameters: [
            Parameter("RESOURCE", "What it is about, such as 'messages'."),
            Parameter("ACTION", "What may be done, such as 'read'."),
        ],
        options: [name, description] + Option.common, example: "aldrava permission create messages read"
    ) { arguments in
        try Reply.print(
            .permission(
                .create(
                    resource: arguments["RESOURCE"], action: arguments["ACTION"], name: arguments.value(name),
                    description: arguments.value(description) ?? "")), arguments)
    }
}
