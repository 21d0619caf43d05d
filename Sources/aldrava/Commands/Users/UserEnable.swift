internal import App

extension Command {
    static let userEnable = Command(
        words: ["user", "enable"], summary: "Let a disabled user sign in again.", parameters: [user],
        options: Option.common, example: "aldrava user enable rui"
    ) { try Reply.print(.user(.setActive(true, user: $0["USER"])), $0) }
}
