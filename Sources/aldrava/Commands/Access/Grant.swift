internal import App
internal import Flows

extension Command {
    static let grants = [grantRole, grantPermission, grantList, revokeRole, revokePermission]
    static let grantRole = changeRole("grant", isGrant: true, "Give a user a role.")
    static let grantPermission = changePermission("grant", isGrant: true, "Give a user or a role a permission.")

    private static let toUser = Option("--user", "USER", isRequired: true, "A username, an e-mail address or an id.")
    private static let eitherUser = Option("--user", "USER", "A username, an e-mail address or an id.")
    private static let orRole = Option("--role", "ROLE", "A role, instead of a user.")

    static func changeRole(_ word: String, isGrant: Bool, _ summary: String) -> Command {
        Command(
            words: [word, "role"], summary: summary, parameters: [Parameter("ROLE", "The role's name.")],
            options: [toUser] + Option.common, example: "aldrava \(word) role editor --user rui"
        ) { arguments in
            let change = GrantChange.roleToUser(role: arguments["ROLE"], user: arguments.value(toUser) ?? "")
            return try Reply.print(.grant(.change(change, isGrant: isGrant)), arguments)
        }
    }

    static func changePermission(_ word: String, isGrant: Bool, _ summary: String) -> Command {
        Command(
            words: [word, "permission"], summary: summary,
            parameters: [Parameter("PERMISSION", "The permission's name, or RESOURCE:ACTION.")],
            options: [eitherUser, orRole] + Option.common,
            example: "aldrava \(word) permission messages:read --role editor",
            notes: "One of --user and --role is needed."
        ) { arguments in
            let permission = arguments["PERMISSION"]
            switch (arguments.value(eitherUser), arguments.value(orRole)) {
            case (let user?, nil):
                return try Reply.print(
                    .grant(.change(.permissionToUser(permission: permission, user: user), isGrant: isGrant)), arguments)
            case (nil, let role?):
                return try Reply.print(
                    .grant(.change(.permissionToRole(permission: permission, role: role), isGrant: isGrant)), arguments)
            default: throw Misuse("Exactly one of --user and --role is needed.", see: [word, "permission"])
            }
        }
    }
}
