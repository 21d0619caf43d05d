internal import App

extension Command {
    static let invitations = [invitationSend, invitationList, invitationWithdraw]

    private static let organisation = Option(
        "--organisation", "NAME", isRequired: true, "The organisation that it is into.")
    private static let role = Option(
        "--role", "ROLE", "What they become in it: 'member', unless told, or 'admin'.",
        kind: .oneOf(["member", "admin"]))
    private static let group = Option("--group", "GROUP", "One of its groups besides; may be given several times.")
    private static let language = Option(
        "--language", "LANGUAGE", "What the letter is written in, instead of the realm's language.",
        kind: .oneOf(["en", "pt-BR"]))

    static let invitationSend = Command(
        words: ["invitation", "send"], summary: "Invite somebody into an organisation, with or without an account.",
        parameters: [Parameter("EMAIL", "Whom to write to.")],
        options: [organisation, role, group, language] + Option.common,
        example: "aldrava invitation send rui@example.com --organisation acme"
    ) { arguments in
        try Reply.print(
            .invitation(
                .send(
                    email: arguments["EMAIL"], organisation: arguments.value(organisation) ?? "",
                    role: arguments.value(role) ?? "member", groups: arguments.values(group),
                    language: arguments.value(language))), arguments)
    }

    static let invitationList = Command(
        words: ["invitation", "list"], summary: "List the invitations that wait.",
        options: [organisation] + Option.paging + Option.common,
        example: "aldrava invitation list --organisation acme"
    ) { arguments in
        try Reply.printPages(arguments, in: ["invitation", "list"]) {
            .invitation(.list(arguments.value(organisation) ?? "", $0))
        }
    }

    static let invitationWithdraw = Command(
        words: ["invitation", "withdraw"], summary: "Take an invitation back.",
        parameters: [Parameter("ID", "As the list names it.")], options: [organisation] + Option.common,
        example: "aldrava invitation withdraw 01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f --organisation acme"
    ) { arguments in
        try Reply.print(
            .invitation(.withdraw(arguments["ID"], organisation: arguments.value(organisation) ?? "")), arguments)
    }
}
