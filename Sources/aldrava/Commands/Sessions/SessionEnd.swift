internal import App

extension Command {
    static let sessionEnd = Command(
        words: ["session", "end"], summary: "End one session.",
        parameters: [Parameter("SESSION", "Its id, as 'session list' shows it.")], options: Option.common,
        example: "aldrava session end 01936f4e-7a10-7abc-8def-0123456789ab"
    ) { try Reply.print(.session(.end($0["SESSION"])), $0) }

    static let sessionEndAll = Command(
        words: ["session", "end-all"], summary: "End all sessions of a user, as 'user sign-out' does.",
        parameters: [user], options: Option.common, example: "aldrava session end-all rui"
    ) { try Reply.print(.session(.endAll(user: $0["USER"])), $0) }
}
