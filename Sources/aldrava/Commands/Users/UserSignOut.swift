internal import App

extension Command {
    static let userSignOut = Command(
        words: ["user", "sign-out"], summary: "Sign a user out everywhere; signing in again is allowed.",
        parameters: [user], options: Option.common, example: "aldrava user sign-out rui"
    ) { try Reply.print(.user(.signOut($0["USER"])), $0) }
}
