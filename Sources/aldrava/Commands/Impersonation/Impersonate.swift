internal import App
internal import Domain

extension Command {
    static let impersonation = [impersonateBegin, impersonateList, impersonateEnd]

    private static let asOperator = Option(
        "--operator", "OPERATOR", isRequired: true, "Who acts: a user of the realm 'system' who may.")
    private static let reason = Option(
        "--reason", "TEXT", isRequired: true, "Why, in 10 to 500 characters; the user reads it.")
    private static let minutes = Option("--minutes", "NUMBER", "How long at the most, 1 to 60; 15 unless told.")
    private static let write = Option(switch: "--write", "Allow changes; otherwise only looking.")

    static let impersonateBegin = Command(
        words: ["impersonate", "begin"], summary: "Act as a user of a realm, for a reason and a short time.",
        parameters: [user], options: [asOperator, reason, minutes, write] + Option.here,
        example: "aldrava impersonate begin ana --operator rui --reason 'Ticket 4711: empty order list' --realm shop",
        notes: """
            The access token alone goes to standard output. The user is written to at once, and sees it among the sessions.
            Both names stand in every event. See docs/IMPERSONATION.md.
            """
    ) { arguments in
        var length = Impersonation.standardLength
        if let text = arguments.value(minutes) {
            guard let number = Int64(text), Impersonation.lengths.contains(number) else {
                throw Misuse("--minutes needs a number from 1 to 60.", see: ["impersonate", "begin"])
            }
            length = number
        }
        return try Reply.print(
            .impersonation(
                .begin(
                    ImpersonationCommand.Wish(
                        operator: arguments.value(asOperator) ?? "", user: arguments["USER"],
                        reason: arguments.value(reason) ?? "", minutes: length, mayWrite: arguments.has(write)))),
            arguments)
    }

    static let impersonateList = Command(
        words: ["impersonate", "list"], summary: "List who acts, or acted, as whom in a realm; newest first.",
        options: Option.paging + Option.here, example: "aldrava impersonate list --realm shop"
    ) { arguments in
        try Reply.printPages(arguments, in: ["impersonate", "list"]) { .impersonation(.list($0)) }
    }

    static let impersonateEnd = Command(
        words: ["impersonate", "end"], summary: "End an impersonation; its tokens are refused from then on.",
        parameters: [Parameter("ID", "As 'impersonate list' shows it.")], options: Option.here,
        example: "aldrava impersonate end 01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f --realm shop"
    ) { try Reply.print(.impersonation(.end($0["ID"])), $0) }
}
