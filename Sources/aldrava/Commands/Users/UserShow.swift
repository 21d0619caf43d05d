internal import App

extension Command {
    static let users = [
        userAdd, userList, userShow, userDisable, userEnable, userUnlock, userSignOut, userInvite, userReset, userBan,
        userUnban, userEdit, userPromote, userDemote, userDelete, userData, userErase, userConsents,
    ]
    static let user = Parameter("USER", "A username, an e-mail address or an id.")

    static let userShow = Command(
        words: ["user", "show"], summary: "Show a user with roles and permissions.", parameters: [user],
        options: Option.common, example: "aldrava user show rui --json"
    ) { try Reply.print(.user(.show($0["USER"])), $0) }
}
