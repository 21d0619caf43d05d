internal import App

extension Command {
    static let userParameters = [
        Parameter("USERNAME", "The name to sign in with."), Parameter("EMAIL", "The e-mail address."),
    ]
    private static let role = Option("--role", "ROLE", "A role to grant; may be given several times.")

    private static let attribute = Option(
        "--attribute", "NAME=VALUE", "What the realm wants to know of the user; may be given several times.")

    private static let invite = Option(
        switch: "--invite", "Without a password: a letter goes out with which the user chooses one.")
    private static let withoutPassword = Option(
        switch: "--no-password", "Without a password, and without a letter; 'user invite' writes one later.")
    private static let language = Option(
        "--language", "TAG", "What the user is written to in: en or pt-BR; without it, the realm's.",
        kind: .oneOf(["en", "pt-BR"]))

    static let userAdd = Command(
        words: ["user", "add"], summary: "Add a user.", parameters: userParameters,
        options: [role, attribute, invite, withoutPassword, language, .passwordFromInput] + Option.common,
        example: "aldrava user add rui rui@example.com --role editor",
        notes: "The password is asked for twice, or read from standard input where that is not a terminal."
    ) { arguments in
        if arguments.has(invite) || arguments.has(withoutPassword) { return try addWithoutPassword(arguments) }
        guard !arguments.has(language) else { throw Misuse("--language is for --invite.", see: ["user", "add"]) }
        let password = try PasswordInput.read(arguments, for: ["user", "add"])
        return try Reply.print(
            .user(
                .add(
                    username: arguments["USERNAME"], email: arguments["EMAIL"], password: password,
                    roles: arguments.values(role), makesRoles: false, attributes: arguments.values(attribute))),
            arguments)
    }

    private static func addWithoutPassword(_ arguments: Arguments) throws -> ExitCode {
        let words = ["user", "add"]
        if arguments.has(.passwordFromInput) { throw Misuse("There is to be no password.", see: words) }
        if arguments.has(invite), arguments.has(withoutPassword) {
            throw Misuse("--invite and --no-password exclude each other.", see: words)
        }
        if arguments.has(role) {
            throw Misuse("Without a password, roles are given afterwards, with 'aldrava grant role'.", see: words)
        }
        let tag = arguments.value(language)
        if let tag, !["en", "pt-BR"].contains(tag) { throw Misuse("--language is en or pt-BR.", see: words) }
        return try Reply.print(
            .user(
                .addWithoutPassword(
                    username: arguments["USERNAME"], email: arguments["EMAIL"], language: tag,
                    isInvited: arguments.has(invite), attributes: arguments.values(attribute))), arguments)
    }
}
