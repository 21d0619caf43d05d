internal import App

extension Command {
    static let permissions = [permissionCreate, permissionList, permissionShow, permissionChange, permissionDelete]
    private static let name = Option("--name", "NAME", "Another name for it than RESOURCE:ACTION.")

    static let permissionCreate = Command(
        words: ["permission", "create"], summary: "Create a permission.",
        parameters: [
            Parameter("RESOURCE", "What it is about, such as 'messages', or '*'."),
            Parameter("ACTION", "What may be done, such as 'read', or '*'."),
        ],
        options: [name, description] + Option.common, example: "aldrava permission create messages read"
    ) { arguments in
        try Reply.print(
            .permission(
                .create(
                    resource: arguments["RESOURCE"], action: arguments["ACTION"], name: arguments.value(name),
                    description: arguments.value(description) ?? "")), arguments)
    }

    static let permissionChange = Command(
        words: ["permission", "change"], summary: "Change a permission's name or description.",
        parameters: [Parameter("PERMISSION", "The permission's name, or RESOURCE:ACTION.")],
        options: [name, description, seenVersion] + Option.common,
        example: "aldrava permission change messages:read --description 'May read messages'",
        notes: "RESOURCE:ACTION never changes."
    ) { arguments in
        try Reply.print(
            .permission(
                .change(
                    arguments["PERMISSION"], name: arguments.value(name), description: arguments.value(description),
                    version: arguments.value(seenVersion))), arguments)
    }

    static let permissionShow = Command(
        words: ["permission", "show"], summary: "Show a permission.",
        parameters: [Parameter("PERMISSION", "The permission's name, or RESOURCE:ACTION.")], options: Option.common,
        example: "aldrava permission show messages:read"
    ) { try Reply.print(.permission(.show($0["PERMISSION"])), $0) }

    static let permissionDelete = Command(
        words: ["permission", "delete"], summary: "Delete a permission, and take it from everybody who holds it.",
        parameters: [Parameter("PERMISSION", "The permission's name, or RESOURCE:ACTION.")], options: Option.common,
        example: "aldrava permission delete messages:read"
    ) { try Reply.print(.permission(.delete($0["PERMISSION"])), $0) }
}
