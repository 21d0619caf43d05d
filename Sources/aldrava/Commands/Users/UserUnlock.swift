internal import App

extension Command {
    static let userUnlock = Command(
        words: ["user", "unlock"], summary: "Forget the tries against a user, so that new devices need not wait.",
        parameters: [user], options: Option.common, example: "aldrava user unlock ana"
    ) { try Reply.print(.user(.unlock($0["USER"])), $0) }
}
