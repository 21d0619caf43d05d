internal import App

extension Command {
    static let profiles = [userProfile, userFind, profileStatus, profileSettle]

    private static let set = Option("--set", "NAME=VALUE", "An attribute; may be given several times.")
    private static let unset = Option("--unset", "NAME", "An attribute to remove; may be given several times.")
    private static let reveal = Option(switch: "--reveal", "Show masked attributes whole.")

    static let userProfile = Command(
        words: ["user", "profile"], summary: "Show a user's attributes, or change some of them.", parameters: [user],
        options: [set, unset, reveal] + Option.common,
        example: "aldrava user profile rui --set oab=123456 --set uf_oab=SP",
        notes: """
            Which attributes there are, the realm decides: see 'profile.attributes' in 'aldrava realm show'.
            Roles that follow from attributes are given and taken at once.
            """
    ) { arguments in
        let (assignments, removed) = (arguments.values(set), arguments.values(unset))
        let (user, isRevealed) = (arguments["USER"], arguments.has(reveal))
        if assignments.isEmpty, removed.isEmpty {
            return try Reply.print(.profile(.show(user: user, isRevealed: isRevealed)), arguments)
        }
        return try Reply.print(
            .profile(.change(user: user, set: assignments, unset: removed, isRevealed: isRevealed)), arguments)
    }

    static let userFind = Command(
        words: ["user", "find"], summary: "Find the user who has a value that only one can have.",
        parameters: [
            Parameter(
                "NAME=VALUE", "The attribute and its value; the attribute that it is unique with may follow.",
                isRepeated: true)
        ],
        options: Option.common, example: "aldrava user find oab=123456 uf_oab=SP"
    ) { arguments in
        guard arguments.repeated.count <= 2 else {
            throw Misuse(
                "One attribute is looked for, with at most one that it is unique with.", see: ["user", "find"])
        }
        return try Reply.print(.profile(.find(arguments.repeated)), arguments)
    }

    static let profileStatus = Command(
        words: ["profile", "status"], summary: "Say how many profiles are complete, and follow the present rules.",
        options: Option.common, example: "aldrava profile status --realm usuarios"
    ) { try Reply.print(.profile(.status), $0) }

    static let profileSettle = Command(
        words: ["profile", "settle"], summary: "Go over every profile that was written under other rules, now.",
        options: Option.common, example: "aldrava profile settle --realm usuarios",
        notes:
            "A server does the same by itself, some minutes after the rules changed. It can be broken off at any time."
    ) { arguments in
        let place = try Settings.place(arguments)
        let request = ControlRequest(realm: arguments.value(.realm) ?? "default", command: .profile(.settle))
        return try withControl(place) { send in
            var before = Int64.max
            while true {
                let reply = try send(request)
                guard let left = reply.waitingProfiles, left > 0, left < before else {
                    return try Reply.print(reply, arguments)
                }
                Terminal.complain("\(left) left")
                before = left
            }
        }
    }
}
