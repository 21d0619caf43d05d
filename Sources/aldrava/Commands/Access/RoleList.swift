internal import App

extension Command {
    private static let role = Parameter("ROLE", "The role's name.")
    private static let force = Option(switch: "--force", "Also where users hold it; it is taken from them.")

    static let roleList = Command(
        words: ["role", "list"], summary: "List roles with how many users hold them.", options: Option.common,
        example: "aldrava role list"
    ) { try Reply.print(.role(.list), $0) }

    static let roleShow = Command(
        words: ["role", "show"], summary: "Show a role with its permissions.", parameters: [role],
        options: Option.common, example: "aldrava role show editor"
    ) { try Reply.print(.role(.show($0["ROLE"])), $0) }

    static let roleDelete = Command(
        words: ["role", "delete"], summary: "Delete a role.", parameters: [role],
        options: [force] + Option.common, example: "aldrava role delete editor",
        notes: """
            The role 'user', which everybody gets at sign-up, is given to nobody any more once it was deleted.
            Without a role 'admin' nobody may administer the realm over HTTP; 'admin create' makes it again.
            """
    ) { arguments in try Reply.print(.role(.delete(arguments["ROLE"], force: arguments.has(force))), arguments) }
}
