internal import App

extension Command {
    static let userDelete = Command(
        words: ["user", "delete"], summary: "Disable a user now, and erase the person after the realm's time of grace.",
        parameters: [user], options: Option.common, example: "aldrava user delete rui",
        notes: "Until then 'aldrava user enable' takes it back. The realm's rule is accounts.deletion_grace."
    ) { try Reply.print(.user(.delete($0["USER"])), $0) }
}
