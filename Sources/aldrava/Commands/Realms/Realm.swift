internal import App
internal import Flows

extension Command {
    static let realms = [
        realmCreate, realmList, realmShow, realmSet, realmUnset, realmDisable, realmEnable, apply,
    ]

    private static let realm = Parameter("NAME", "The realm's name.")
    private static let set = Option("--set", "MEMBER=VALUE", "Something it decides itself; may be given several times.")
    /// Every realm is meant by its name, so none is chosen besides.
    private static let options: [Option] = [.data, .config, .json] + Option.elsewhere

    private static let members = """
        Members: \(RealmMember.all.map(\.name).joined(separator: ", ")).
        Lists are written with commas, or as JSON: transports=cookie,token
        applications=crm=https://crm.example.com,shop=https://shop.example.com
        """

    static let realmCreate = Command(
        words: ["realm", "create"], summary: "Create a realm: users, roles, keys and settings of its own.",
        parameters: [Parameter("NAME", "1 to 32 of a-z, 0-9 and -, beginning with a letter or digit.")],
        options: [set] + options,
        example: "aldrava realm create shop --set url=https://id.shop.example --set transports=cookie", notes: members
    ) { arguments in
        try Reply.print(.realm(.create(name: arguments["NAME"], settings: arguments.values(set))), arguments)
    }

    static let realmList = Command(
        words: ["realm", "list"], summary: "List realms with what each of them sets.",
        options: [.limit, .after] + options, example: "aldrava realm list"
    ) { arguments in try Reply.printPages(arguments, in: ["realm", "list"]) { .realm(.list($0)) } }

    static let realmShow = Command(
        words: ["realm", "show"], summary: "Show a realm: what it sets, and what it has from the server.",
        parameters: [realm], options: options, example: "aldrava realm show shop"
    ) { try Reply.print(.realm(.show($0["NAME"])), $0) }

    static let realmSet = Command(
        words: ["realm", "set"], summary: "Change what a realm decides; it holds from the next request on.",
        parameters: [realm, Parameter("MEMBER=VALUE", "What is to hold; several may follow.", isRepeated: true)],
        options: [acceptMisfits] + options, example: "aldrava realm set shop session_limit=5 transports=cookie",
        notes: members
    ) { arguments in
        try Reply.print(
            .realm(
                .change(
                    name: arguments["NAME"], set: arguments.repeated, unset: [],
                    acceptsMisfits: arguments.has(acceptMisfits))), arguments)
    }

    static let realmUnset = Command(
        words: ["realm", "unset"], summary: "Let a realm follow the server's settings again.",
        parameters: [
            realm, Parameter("MEMBER", "What it shall not decide any more; several may follow.", isRepeated: true),
        ],
        options: [acceptMisfits] + options, example: "aldrava realm unset shop session_limit", notes: members
    ) { arguments in
        try Reply.print(
            .realm(
                .change(
                    name: arguments["NAME"], set: [], unset: arguments.repeated,
                    acceptsMisfits: arguments.has(acceptMisfits))), arguments)
    }

    static let realmDisable = enabling(
        "disable", "false", "Refuse every request of a realm, from the next one on; nothing of it is lost.")
    static let realmEnable = enabling("enable", "true", "Let a disabled realm serve again.")

    private static func enabling(_ word: String, _ value: String, _ summary: String) -> Command {
        Command(
            words: ["realm", word], summary: summary, parameters: [realm], options: options,
            example: "aldrava realm \(word) shop"
        ) { arguments in
            try Reply.print(
                .realm(.change(name: arguments["NAME"], set: ["enabled=\(value)"], unset: [])), arguments)
        }
    }
}
