internal import Domain
public import Flows
internal import Standards
internal import Storage

/// Why somebody may do something, or may not; and who administers.
public enum ExplainCommand: Sendable {
    case explain(AskedAccess, HolderName)
    /// Makes an administrator of somebody, or takes that back.
    case promote(Bool, user: String)
}

extension ControlCommand {
    public static func access(_ command: ExplainCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension ExplainCommand: ControlTopic {
    static let name = "access"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .explain(let question, let holder): ("explain", question.members + [holder.member])
        case .promote(let isPromotion, let user):
            (isPromotion ? "promote" : "demote", [JSON.Member("user", .string(user))])
        }
    }

    var need: CommandNeed {
        switch self {
        case .explain: .right(.grantsRead)
        case .promote: .right(.grantsWrite)
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "explain":
            guard let held = HeldName(json), let holder = HolderName(json) else { return nil }
            switch held {
            case .role(let name): self = .explain(.role(name), holder)
            case .permission(let name, let instance): self = .explain(.permission(name, instance: instance), holder)
            case .group: return nil
            }
        case "promote", "demote":
            guard let user = json["user"]?.string else { return nil }
            self = .promote(word == "promote", user: user)
        default: return nil
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let access = premises.useCases.access
        switch self {
        case .explain(let question, let holder):
            switch try await access.explain([question], about: holder, in: realm.name) {
            case .noSuchHolder:
                return ControlReply(.refused, "There is no \(holder.sentenceName).", ["code": "no_such_holder"])
            case .answers(let answers, let name, _):
                guard let answer = answers.first else { return ControlReply(.done, "") }
                let lines = answer.sentences(about: "\(holder.kindWord) '\(name)'")
                return ControlReply(
                    .done, lines.map { TerminalText.escaped($0) }.joined(separator: "\n"), answer.json(of: name))
            }
        case .promote(let isPromotion, let user):
            switch try await access.promoteUser(isPromotion, user: user, in: realm.name, by: actor) {
            case .done(let user, let changed, let isAdministrator):
                return ControlReply(
                    .done, Self.words(isPromotion, user, changed: changed, isAdministrator: isAdministrator),
                    [
                        "id": .string(user.id.text), "username": .string(user.username.text),
                        "changed": .bool(changed), "administrator": .bool(isAdministrator),
                    ])
            case .refused(let refusal):
                return ControlReply(refusal, GrantChange(.role(Role.adminName), to: .user(user)))
            }
        }
    }

    private static func words(_ isPromotion: Bool, _ user: User, changed: Bool, isAdministrator: Bool) -> String {
        let name = "User '\(user.username)'"
        if isPromotion { return changed ? "\(name) is an administrator." : "\(name) was an administrator already." }
        if isAdministrator { return "\(name) is an administrator still, by way of a group or another role." }
        return changed ? "\(name) is no administrator any more." : "\(name) was no administrator."
    }
}

extension AskedAccess {
    fileprivate var members: [JSON.Member] {
        switch self {
        case .role(let name): [JSON.Member("role", .string(name))]
        case .permission(let name, let instance):
            [JSON.Member("permission", .string(name))]
                + (instance.map { [JSON.Member("instance", .string($0))] } ?? [])
        }
    }
}

extension HolderName {
    fileprivate var kindWord: String {
        switch self {
        case .user: "User"
        case .key: "API key"
        case .group: "Group"
        case .role: "Role"
        }
    }
}

extension AccessAnswer {
    fileprivate func json(of holder: String) -> JSON {
        [
            "holder": .string(holder), "allowed": .bool(isAllowed),
            "absence": absence.map { .string($0.rawValue) } ?? .null,
            "ways": .array(ways.map(\.json)),
        ]
    }
}

extension AccessExplanation.Way {
    fileprivate var json: JSON {
        [
            "outcome": .string(outcome.rawValue), "sentence": .string(sentence),
            "steps": .array(
                steps.map { step in
                    [
                        "kind": .string(step.kind), "name": .string(step.name),
                        "instance": step.instance.map { .string($0) } ?? .null,
                        "until": step.until.map { .string($0.iso8601) } ?? .null,
                    ]
                }),
        ]
    }
}
