internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about roles.
public enum RoleCommand: Sendable {
    case create(name: String, description: String)
}

extension ControlCommand {
    public static func role(_ command: RoleCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension RoleCommand: ControlTopic {
    static let name = "role"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .create(let name, let description):
            ("create", [JSON.Member("name", .string(name)), JSON.Member("description", .string(description))])
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "create":
            guard let name = json["name"]?.string, let description = json["description"]?.string else { return nil }
            self = .create(name: name, description: description)
        default: return nil
        }
    }

    func perform(in realm: RealmSettings, _ premises: Premises) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .create(let role, let description):
            switch try await useCases.createRole(name: role, description: description, in: realm.name, by: .local) {
            case .created(let role):
                return ControlReply(
                    .done, "Role '\(role.name)' created.", ["id": .string(role.id.text), "name": .string(role.name)])
            case .refused(let refusal): return ControlReply(refusal, "Role")
            }
        }
    }
}
