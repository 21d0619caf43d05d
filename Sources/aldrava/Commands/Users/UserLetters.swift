internal import App

extension Command {
    static let userInvite = Command(
        words: ["user", "invite"], summary: "Write to a user without a password, who chooses one.", parameters: [user],
        options: Option.common, example: "aldrava user invite rui@example.com"
    ) { try Reply.print(.user(.invite($0["USER"])), $0) }

    static let userReset = Command(
        words: ["user", "reset"], summary: "Write to a user, who sets a new password with the letter.",
        parameters: [user], options: Option.common, example: "aldrava user reset rui",
        notes: "The link and the code go to the user alone; nobody else sees them or the password."
    ) { try Reply.print(.user(.reset($0["USER"])), $0) }
}
