internal import App
internal import Domain
internal import Flows

extension Command {
    static let groups = [
        groupCreate, groupList, groupShow, groupMembers, groupChange, groupDelete, groupAdd, groupRemove,
    ]

    private static let group = Parameter("GROUP", "The group's name.")
    private static let newName = Option("--name", "NAME", "Another name; what tokens say changes with it.")
    private static let organisation = Option(
        "--organisation", "NAME", "The organisation that it belongs to: only its members can be in it.")
    private static let memberOptions = [HolderOption.user, HolderOption.key, HolderOption.group]
    private static let until = Option("--until", "TIME", "From then on it is no member, such as 2026-12-31T00:00:00Z.")

    static let groupCreate = Command(
        words: ["group", "create"], summary: "Create a group.", parameters: [Parameter("NAME", "Such as 'support'.")],
        options: [description, organisation] + Option.common,
        example: "aldrava group create support --description 'Answers customers'"
    ) { arguments in
        try Reply.print(
            .group(
                .create(
                    name: arguments["NAME"], description: arguments.value(description) ?? "",
                    organisation: arguments.value(organisation))), arguments)
    }

    static let groupList = Command(
        words: ["group", "list"], summary: "List groups.", options: Option.paging + Option.common,
        example: "aldrava group list"
    ) { arguments in try Reply.printPages(arguments, in: ["group", "list"]) { .group(.list($0)) } }

    static let groupShow = Command(
        words: ["group", "show"], summary: "Show a group with what it holds.", parameters: [group],
        options: Option.common, example: "aldrava group show support"
    ) { try Reply.print(.group(.show($0["GROUP"])), $0) }

    static let groupMembers = Command(
        words: ["group", "members"], summary: "List a group's members.", parameters: [group],
        options: Option.paging + Option.common, example: "aldrava group members support"
    ) { arguments in
        try Reply.printPages(arguments, in: ["group", "members"]) { .group(.members(arguments["GROUP"], $0)) }
    }

    static let groupChange = Command(
        words: ["group", "change"], summary: "Change a group's name or description.", parameters: [group],
        options: [newName, description] + Option.common, example: "aldrava group change support --name helpdesk"
    ) { arguments in
        try Reply.print(
            .group(
                .change(
                    arguments["GROUP"], name: arguments.value(newName), description: arguments.value(description))),
            arguments)
    }

    static let groupDelete = Command(
        words: ["group", "delete"], summary: "Delete a group; its members hold no more what it holds.",
        parameters: [group], options: Option.common, example: "aldrava group delete support"
    ) { try Reply.print(.group(.delete($0["GROUP"])), $0) }

    static let groupAdd = Command(
        words: ["group", "add"], summary: "Put a user, an API key or another group into a group.",
        parameters: [group], options: memberOptions + [until] + Option.common,
        example: "aldrava group add support --user rui", notes: "One of --user, --key and --group is needed."
    ) { arguments in
        var end: Timestamp?
        if let text = arguments.value(until) {
            guard let time = Timestamp(iso8601: text) else {
                throw Misuse("--until needs a time such as 2026-12-31T00:00:00Z.", see: ["group", "add"])
            }
            end = time
        }
        let change = GrantChange(.group(arguments["GROUP"]), to: try member(arguments, "add"), until: end)
        return try Reply.print(.grant(.change(change, isGrant: true)), arguments)
    }

    static let groupRemove = Command(
        words: ["group", "remove"], summary: "Take a member out of a group.", parameters: [group],
        options: memberOptions + Option.common, example: "aldrava group remove support --user rui",
        notes: "One of --user, --key and --group is needed."
    ) { arguments in
        let change = GrantChange(.group(arguments["GROUP"]), to: try member(arguments, "remove"))
        return try Reply.print(.grant(.change(change, isGrant: false)), arguments)
    }

    private static func member(_ arguments: Arguments, _ word: String) throws(Misuse) -> HolderName {
        let named = [
            arguments.value(HolderOption.user).map { HolderName.user($0) },
            arguments.value(HolderOption.key).map { .key($0) }, arguments.value(HolderOption.group).map { .group($0) },
        ].compactMap(\.self)
        guard named.count == 1 else {
            throw Misuse("Exactly one of --user, --key and --group is needed.", see: ["group", word])
        }
        return named[0]
    }
}
