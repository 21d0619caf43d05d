internal import App
internal import Flows

extension Command {
    private static let heldRole = Option("--held-role", "ROLE", "Who was given this role.")
    private static let heldPermission = Option("--held-permission", "PERMISSION", "Who was given this permission.")

    static let grantList = Command(
        words: ["grant", "list"],
        summary: "List what a user holds, and through which role, what a role gives, or who was given something.",
        options: HolderOption.all + [heldRole, heldPermission] + Option.paging + Option.common,
        example: "aldrava grant list --user rui",
        notes: "One of --user, --role, --key, --group, --held-role and --held-permission is needed."
    ) { arguments in
        let words = ["grant", "list"]
        switch (arguments.value(heldRole), arguments.value(heldPermission)) {
        case (let role?, nil):
            return try Reply.printPages(arguments, in: words) { .grant(.listHolding(.role(role), $0)) }
        case (nil, let name?):
            return try Reply.printPages(arguments, in: words) {
                .grant(.listHolding(.permission(name, instance: nil), $0))
            }
        case (nil, nil): break
        case (_?, _?): throw Misuse("--held-role and --held-permission exclude each other.", see: words)
        }
        switch try HolderOption.holder(arguments, words) {
        case .user(let user): return try Reply.print(.grant(.listOfUser(user)), arguments)
        case .role(let role): return try Reply.print(.grant(.listOfRole(role)), arguments)
        case let holder: return try Reply.print(.grant(.listOf(holder)), arguments)
        }
    }
}
