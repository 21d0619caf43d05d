internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about permissions.
public enum PermissionCommand: Sendable {
    /// `name` is `resource:action` where it is `nil`.
    case create(resource: String, action: String, name: String?, description: String)
    /// Of one resource where one is named.
    case list(resource: String?)
}

extension ControlCommand {
    public static func permission(_ command: PermissionCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension PermissionCommand: ControlTopic {
    static let name = "permission"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .create(let resource, let action, let name, let description):
            (
                "create",
                [
                    JSON.Member("resource", .string(resource)), JSON.Member("action", .string(action)),
                    JSON.Member("name", name.map { .string($0) } ?? .null),
                    JSON.Member("description", .string(description)),
                ]
            )
        case .list(let resource): ("list", [JSON.Member("resource", resource.map { .string($0) } ?? .null)])
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "list": self = .list(resource: json["resource"]?.string)
        case "create":
            guard let resource = json["resource"]?.string, let action = json["action"]?.string,
                let description = json["description"]?.string
            else { return nil }
            self = .create(
                resource: resource, action: action, name: json["name"]?.string, description: description)
        default: return nil
        }
    }

    func perform(in realm: RealmSettings, _ premises: Premises) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .create(let resource, let action, let permission, let description):
            let outcome = try await useCases.createPermission(
                resource: resource, action: action, name: permission, description: description, in: realm.name,
                by: .local)
            switch outcome {
            case .created(let permission):
                return ControlReply(
                    .done, "Permission '\(permission.name)' created.",
                    [
                        "id": .string(permission.id.text), "name": .string(permission.name),
                        "permission": .string(permission.pair.description),
                    ])
            case .refused(let refusal): return ControlReply(refusal, "Permission")
            }
        case .list(let resource):
            let permissions = try await useCases.listAccess.permissions(in: realm.name, resource: resource)
            return ControlReply(
                page: "permissions", permissions.map(\.json), next: nil,
                table: Table(
                    ["PERMISSION", "NAME", "DESCRIPTION"],
                    permissions.map { [$0.pair.description, $0.name, $0.description] }), empty: "No permissions.")
        }
    }
}

extension Permission {
    var json: JSON {
        [
            "id": .string(id.text), "permission": .string(pair.description), "resource": .string(pair.resource),
            "action": .string(pair.action), "name": .string(name), "description": .string(description),
            "created_at": .string(createdAt.iso8601),
        ]
    }
}
