internal import App

extension Command {
    static let organisations = [
        organisationCreate, organisationList, organisationShow, organisationChange, organisationDelete,
        organisationMembers, organisationAdd, organisationRemove,
    ]

    private static let organisation = Parameter("ORGANISATION", "The organisation's name.")
    private static let title = Option("--title", "TEXT", "What people read, also in letters.")
    private static let newName = Option("--name", "NAME", "Another name.")
    private static let person = Option("--user", "USER", isRequired: true, "A username, an e-mail address or an id.")
    private static let role = Option(
        "--role", "ROLE", "What they are in it: 'member', unless told, or 'admin'.",
        kind: .oneOf(["member", "admin"]))

    static let organisationCreate = Command(
        words: ["organisation", "create"], summary: "Create an organisation.",
        parameters: [Parameter("NAME", "Such as 'acme'.")], options: [title] + Option.common,
        example: "aldrava organisation create acme --title 'Acme Ltd'"
    ) { arguments in
        let name = arguments["NAME"]
        return try Reply.print(
            .organisation(.create(name: name, title: arguments.value(title) ?? name)), arguments)
    }

    static let organisationList = Command(
        words: ["organisation", "list"], summary: "List organisations.", options: Option.paging + Option.common,
        example: "aldrava organisation list"
    ) { arguments in
        try Reply.printPages(arguments, in: ["organisation", "list"]) { .organisation(.list($0)) }
    }

    static let organisationShow = Command(
        words: ["organisation", "show"], summary: "Show an organisation with its groups.", parameters: [organisation],
        options: Option.common, example: "aldrava organisation show acme"
    ) { try Reply.print(.organisation(.show($0["ORGANISATION"])), $0) }

    static let organisationChange = Command(
        words: ["organisation", "change"], summary: "Change an organisation's name or title.",
        parameters: [organisation], options: [newName, title] + Option.common,
        example: "aldrava organisation change acme --title 'Acme plc'"
    ) { arguments in
        try Reply.print(
            .organisation(
                .change(
                    arguments["ORGANISATION"], name: arguments.value(newName), title: arguments.value(title))),
            arguments)
    }

    static let organisationDelete = Command(
        words: ["organisation", "delete"], summary: "Delete an organisation with its groups and invitations.",
        parameters: [organisation], options: Option.common, example: "aldrava organisation delete acme",
        notes: "Its members keep their accounts, and hold no more what its groups held."
    ) { try Reply.print(.organisation(.delete($0["ORGANISATION"])), $0) }

    static let organisationMembers = Command(
        words: ["organisation", "members"], summary: "List an organisation's members.", parameters: [organisation],
        options: Option.paging + Option.common, example: "aldrava organisation members acme"
    ) { arguments in
        try Reply.printPages(arguments, in: ["organisation", "members"]) {
            .organisation(.members(arguments["ORGANISATION"], $0))
        }
    }

    static let organisationAdd = Command(
        words: ["organisation", "add"], summary: "Make a user a member, or change what they are in it.",
        parameters: [organisation], options: [person, role] + Option.common,
        example: "aldrava organisation add acme --user rui --role admin"
    ) { arguments in
        try Reply.print(
            .organisation(
                .member(
                    user: arguments.value(person) ?? "", organisation: arguments["ORGANISATION"],
                    role: arguments.value(role) ?? "member")), arguments)
    }

    static let organisationRemove = Command(
        words: ["organisation", "remove"], summary: "Take a user out of an organisation and its groups.",
        parameters: [organisation], options: [person] + Option.common,
        example: "aldrava organisation remove acme --user rui"
    ) { arguments in
        try Reply.print(
            .organisation(
                .member(user: arguments.value(person) ?? "", organisation: arguments["ORGANISATION"], role: nil)),
            arguments)
    }
}
