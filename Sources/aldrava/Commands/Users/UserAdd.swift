internal import App

extension Command {
    static let userParameters = [
        Parameter("USERNAME", "The name to sign in with."), Parameter("EMAIL", "The e-mail address."),
    ]
    private static let role = Option("--role", "ROLE", "A role to grant; may be given several times.")

    static let userAdd = Command(
        words: ["user", "add"], summary: "Add a user.", parameters: userParameters,
        options: [role, .passwordFromInput] + Option.common,
        example: "aldrava user add rui rui@example.com --role editor",
        notes: "The password is asked for twice, or read from standard input where that is not a terminal."
    ) { arguments in
        let password = try PasswordInput.read(arguments, for: ["user", "add"])
        return try Reply.print(
            .user(
                .add(
                    username: arguments["USERNAME"], email: arguments["EMAIL"], password: password,
                    roles: arguments.values(role), makesRoles: false)), arguments)
    }
}
