internal import App

extension Command {
    static let userDisable = Command(
        words: ["user", "disable"], summary: "Shut a user out; every session ends at once.", parameters: [user],
        options: Option.common, example: "aldrava user disable rui"
    ) { try Reply.print(.user(.setActive(false, user: $0["USER"])), $0) }
}
