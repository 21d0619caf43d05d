internal import App
internal import Domain

extension Command {
    static let adminCreate = Command(
        words: ["admin", "create"], summary: "Add a user who may administer the realm: the first step.",
        parameters: userParameters, options: [.passwordFromInput] + Option.here,
        example: "aldrava admin create ana ana@example.com",
        notes: """
            The role 'admin' is made where it is missing.
            The password is asked for twice, or read from standard input where that is not a terminal.
            """
    ) { arguments in
        let password = try PasswordInput.read(arguments, for: ["admin", "create"])
        return try Reply.print(
            .user(
                .add(
                    username: arguments["USERNAME"], email: arguments["EMAIL"], password: password,
                    roles: [Role.adminName], makesRoles: true)), arguments)
    }
}
