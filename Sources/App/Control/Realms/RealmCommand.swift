internal import Domain
internal import Flows
public import Standards
internal import Storage

/// What can be done about realms.
public enum RealmCommand: Sendable {
    /// `settings` as typed: `member=value`.
    case create(name: String, settings: [String])
    case list(PageRequest)
    case show(String)
    case change(name: String, set: [String], unset: [String], acceptsMisfits: Bool = false)
    /// A file's contents.
    case apply(JSON, isDryRun: Bool, acceptsMisfits: Bool = false)
}

extension ControlCommand {
    public static func realm(_ command: RealmCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension RealmCommand: ControlTopic {
    static let name = "realm"

    var wire: (word: String, members: [JSON.Member]) {
        func texts(_ list: [String]) -> JSON { .array(list.map { .string($0) }) }
        switch self {
        case .create(let name, let settings):
            return ("create", [JSON.Member("name", .string(name)), JSON.Member("set", texts(settings))])
        case .list(let page): return ("list", page.members)
        case .show(let name): return ("show", [JSON.Member("name", .string(name))])
        case .change(let name, let set, let unset, let acceptsMisfits):
            return (
                "change",
                [
                    JSON.Member("name", .string(name)), JSON.Member("set", texts(set)),
                    JSON.Member("unset", texts(unset)), JSON.Member("accept_misfits", .bool(acceptsMisfits)),
                ]
            )
        case .apply(let document, let isDryRun, let acceptsMisfits):
            return (
                "apply",
                [
                    JSON.Member("document", document), JSON.Member("dry_run", .bool(isDryRun)),
                    JSON.Member("accept_misfits", .bool(acceptsMisfits)),
                ]
            )
        }
    }

    var need: CommandNeed {
        switch self {
        case .list, .show: .operators(.realmsRead)
        case .create, .change, .apply: .operators(.realmsWrite)
        }
    }

    init?(word: String, _ json: JSON) {
        func texts(_ name: String) -> [String]? { json[name]?.array.map { $0.compactMap(\.string) } }
        switch word {
        case "create":
            guard let name = json["name"]?.string, let settings = texts("set") else { return nil }
            self = .create(name: name, settings: settings)
        case "list":
            guard let page = PageRequest(json) else { return nil }
            self = .list(page)
        case "show":
            guard let name = json["name"]?.string else { return nil }
            self = .show(name)
        case "change":
            guard let name = json["name"]?.string, let set = texts("set"), let unset = texts("unset") else {
                return nil
            }
            self = .change(
                name: name, set: set, unset: unset, acceptsMisfits: json["accept_misfits"]?.bool ?? false)
        case "apply":
            guard let document = json["document"], let isDryRun = json["dry_run"]?.bool else { return nil }
            self = .apply(document, isDryRun: isDryRun, acceptsMisfits: json["accept_misfits"]?.bool ?? false)
        default: return nil
        }
    }
}
