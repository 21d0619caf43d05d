internal import App
internal import Flows

extension Command {
    private static let asksForRole = Option("--role", "ROLE", "Ask for a role, instead of a permission.")
    private static let ofKey = Option("--key", "KEY", "An API key's name or id, instead of USER.")

    static let explain = Command(
        words: ["explain"], summary: "Say why somebody may do something, or may not.",
        parameters: [
            Parameter("USER", "A username, an e-mail address or an id; left out with --key.", isOptional: true),
            Parameter("PERMISSION", "RESOURCE:ACTION, or a name; left out with --role.", isOptional: true),
        ],
        options: [onInstance, asksForRole, ofKey] + Option.common,
        example: "aldrava explain ana messages:read --on messages/42",
        notes: """
            Every way is told by which it is held: by which group, role or inclusion, and until when. Where it is not
            held, what is over, what is held of another instance only, and what does not exist at all.
            """
    ) { arguments in
        let words = ["explain"]
        var typed = ["USER", "PERMISSION"].map { arguments[$0] }.filter { !$0.isEmpty }[...]
        let holder: HolderName
        if let key = arguments.value(ofKey) {
            holder = .key(key)
        } else {
            guard let user = typed.popFirst() else { throw Misuse("USER or --key is missing.", see: words) }
            holder = .user(user)
        }
        let question: AskedAccess
        if let role = arguments.value(asksForRole) {
            guard arguments.value(onInstance) == nil else {
                throw Misuse("A role is not held on one instance.", see: words)
            }
            question = .role(role)
        } else {
            guard let name = typed.popFirst() else { throw Misuse("PERMISSION or --role is missing.", see: words) }
            question = .permission(name, instance: arguments.value(onInstance))
        }
        guard typed.isEmpty else { throw Misuse("Too many arguments.", see: words) }
        return try Reply.print(.access(.explain(question, holder)), arguments)
    }
}
