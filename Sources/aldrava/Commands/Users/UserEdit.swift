internal import App

extension Command {
    private static let username = Option("--username", "NAME", "Another name to sign in with.")
    private static let email = Option(
        "--email", "ADDRESS", "Another address: it has to be proven anew, and every session ends.")
    private static let language = Option("--language", "LANGUAGE", "What the person is written to in: en or pt-BR.")

    static let userEdit = Command(
        words: ["user", "edit"], summary: "Change a user's name, address or language.", parameters: [user],
        options: [username, email, language] + Option.common, example: "aldrava user edit rui --email rui@example.org"
    ) { arguments in
        let values = [username, email, language].map { arguments.value($0) }
        guard values.contains(where: { $0 != nil }) else {
            throw Misuse("Say what is to be changed.", see: ["user", "edit"])
        }
        return try Reply.print(
            .user(.edit(arguments["USER"], username: values[0], email: values[1], language: values[2])), arguments)
    }
}
