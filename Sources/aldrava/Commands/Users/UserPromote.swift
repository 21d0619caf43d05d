internal import App

extension Command {
    static let userPromote = Command(
        words: ["user", "promote"], summary: "Make an administrator of a user.", parameters: [user],
        options: Option.common, example: "aldrava user promote rui"
    ) { try Reply.print(.access(.promote(true, user: $0["USER"])), $0) }

    static let userDemote = Command(
        words: ["user", "demote"], summary: "Take the administrators' role from a user.", parameters: [user],
        options: Option.common, example: "aldrava user demote rui",
        notes: "Refused where nobody would be left who administers the realm."
    ) { try Reply.print(.access(.promote(false, user: $0["USER"])), $0) }
}
