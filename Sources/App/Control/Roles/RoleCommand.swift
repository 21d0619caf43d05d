internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about roles.
public enum RoleCommand: Sendable {
    case create(name: String, description: String)
    case list
    case show(String)
    /// With `force`, although somebody holds it.
    case delete(String, force: Bool)
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
        case .list: ("list", [])
        case .show(let name): ("show", [JSON.Member("name", .string(name))])
        case .delete(let name, let force):
            ("delete", [JSON.Member("name", .string(name)), JSON.Member("force", .bool(force))])
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "create":
            guard let name = json["name"]?.string, let description = json["description"]?.string else { return nil }
            self = .create(name: name, description: description)
        case "list": self = .list
        case "show":
            guard let name = json["name"]?.string else { return nil }
            self = .show(name)
        case "delete":
            guard let name = json["name"]?.string, let force = json["force"]?.bool else { return nil }
            self = .delete(name, force: force)
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
        case .list:
            let roles = try await useCases.listAccess.roles(in: realm.name)
            return ControlReply(
                page: "roles", roles.map(\.json), next: nil,
                table: Table(
                    ["ROLE", "USERS", "PERMISSIONS", "DESCRIPTION"],
                    roles.map {
                        [$0.role.name, "\($0.userCount)", "\($0.permissions.count)", $0.role.description]
                    }), empty: "No roles.")
        case .show(let name):
            guard let detail = try await useCases.listAccess.role(name, in: realm.name) else {
                return .noSuchRole(name)
            }
            return ControlReply(detail)
        case .delete(let name, let force):
            switch try await useCases.deleteRole(name, force: force, in: realm.name, by: .local) {
            case .deleted(let count):
                let taken = count == 0 ? "" : " and taken from \(users(count)); that holds from the next request on"
                return ControlReply(
                    .done, "Role '\(name)' deleted\(taken).",
                    ["name": .string(name), "taken_from": .integer(count)])
            case .inUse(let count):
                return ControlReply(
                    .refused, "Role '\(name)' is held by \(users(count)); --force takes it from them.",
                    ["code": "role_in_use", "users": .integer(count)])
            case .noSuchRole: return .noSuchRole(name)
            }
        }
    }
}

extension ControlReply {
    fileprivate init(_ detail: RoleDetail) {
        let permissions = detail.permissions.map(\.pair.description)
        let lines = [
            "id: \(detail.role.id)", "name: \(detail.role.name)",
            "description: \(TerminalText.escaped(detail.role.description))",
            "created: \(detail.role.createdAt.iso8601)", "users: \(detail.userCount)",
            "permissions: \(permissions.isEmpty ? "none" : permissions.joined(separator: ", "))",
        ]
        self.init(.done, lines.joined(separator: "\n"), detail.json)
    }
}

extension RoleDetail {
    var json: JSON {
        [
            "id": .string(role.id.text), "name": .string(role.name), "description": .string(role.description),
            "created_at": .string(role.createdAt.iso8601), "users": .integer(userCount),
            "permissions": .array(permissions.map { .string($0.pair.description) }),
        ]
    }
}

private func users(_ count: Int64) -> String { count == 1 ? "one user" : "\(count) users" }
