internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about permissions.
public enum PermissionCommand: Sendable {
    /// `name` is `resource:action` where it is `nil`.
    case create(resource: String, action: String, name: String?, description: String)
    /// What is `nil` stays; `version` as `list --json` tells it.
    case change(String, name: String?, description: String?, version: String?)
    case delete(String)
    case show(String)
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
        case .change(let permission, let name, let description, let version):
            (
                "change",
                [
                    JSON.Member("permission", .string(permission)),
                    JSON.Member("name", name.map { .string($0) } ?? .null),
                    JSON.Member("description", description.map { .string($0) } ?? .null),
                    JSON.Member("version", version.map { .string($0) } ?? .null),
                ]
            )
        case .delete(let permission): ("delete", [JSON.Member("permission", .string(permission))])
        case .show(let permission): ("show", [JSON.Member("permission", .string(permission))])
        case .list(let resource): ("list", [JSON.Member("resource", resource.map { .string($0) } ?? .null)])
        }
    }

    var need: CommandNeed {
        switch self {
        case .list, .show: .right(.permissionsRead)
        case .create, .change, .delete: .right(.permissionsWrite)
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "list": self = .list(resource: json["resource"]?.string)
        case "change":
            guard let permission = json["permission"]?.string else { return nil }
            self = .change(
                permission, name: json["name"]?.string, description: json["description"]?.string,
                version: json["version"]?.string)
        case "delete":
            guard let permission = json["permission"]?.string else { return nil }
            self = .delete(permission)
        case "show":
            guard let permission = json["permission"]?.string else { return nil }
            self = .show(permission)
        case "create":
            guard let resource = json["resource"]?.string, let action = json["action"]?.string,
                let description = json["description"]?.string
            else { return nil }
            self = .create(
                resource: resource, action: action, name: json["name"]?.string, description: description)
        default: return nil
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .create(let resource, let action, let permission, let description):
            let outcome = try await useCases.createPermission(
                resource: resource, action: action, name: permission, description: description, in: realm.name,
                by: actor)
            switch outcome {
            case .created(let permission):
                return ControlReply(
                    .done, "Permission '\(permission.name)' created.",
                    [
                        "id": .string(permission.id.text), "name": .string(permission.name),
                        "permission": .string(permission.pair.description),
                    ])
            case .refused(let refusal): return ControlReply(refusal, "Permission")
            case .notRepeated: throw .repeatedUnasked
            }
        case .change(let permission, let name, let description, let version):
            var seen: EditVersion?
            if let version {
                guard let read = EditVersion(version) else { return .noVersion(version) }
                seen = read
            }
            let outcome = try await useCases.access.changePermission(
                permission, ChangePermission.Input(name: name, description: description), ifVersion: seen,
                in: realm.name, by: actor)
            switch outcome {
            case .done(let found, let changed):
                return ControlReply(
                    .done,
                    changed ? "Permission '\(found.name)' changed." : "Permission '\(found.name)' was so already.",
                    [
                        "name": .string(found.name), "version": .string(found.editVersion.text),
                        "changed": .bool(changed),
                    ])
            case .refused(let refusal): return ControlReply(refusal, "permission", permission)
            }
        case .delete(let permission):
            switch try await useCases.access.deletePermission(permission, in: realm.name, by: actor) {
            case .deleted(let found):
                return ControlReply(
                    .done, "Permission '\(found.name)' deleted; that holds from the next request on.",
                    ["name": .string(found.name)])
            case .refused(let refusal): return ControlReply(refusal, "permission", permission)
            }
        case .show(let name):
            guard let found = try await useCases.listAccess.permission(name, in: realm.name) else {
                return .noSuchPermission(name)
            }
            let lines = [
                "id: \(found.id)", "permission: \(found.pair)", "name: \(found.name)",
                "description: \(TerminalText.escaped(found.description))", "version: \(found.editVersion.text)",
                "created: \(found.createdAt.iso8601)",
            ]
            return ControlReply(.done, lines.joined(separator: "\n"), found.json)
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
            "created_at": .string(createdAt.iso8601), "version": .string(editVersion.text),
        ]
    }
}
