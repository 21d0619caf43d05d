internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about roles.
public enum RoleCommand: Sendable {
    /// Of rank 0 where it is `nil`.
    case create(name: String, description: String, rank: Int64? = nil)
    /// What is `nil` stays; `version` as `show` tells it.
    case change(String, name: String?, description: String?, rank: Int64?, version: String?)
    case holders(String, PageRequest)
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
        case .create(let name, let description, let rank):
            (
                "create",
                [
                    JSON.Member("name", .string(name)), JSON.Member("description", .string(description)),
                    JSON.Member("rank", rank.map { .integer($0) } ?? .null),
                ]
            )
        case .change(let role, let name, let description, let rank, let version):
            (
                "change",
                [
                    JSON.Member("role", .string(role)), JSON.Member("name", name.map { .string($0) } ?? .null),
                    JSON.Member("description", description.map { .string($0) } ?? .null),
                    JSON.Member("rank", rank.map { .integer($0) } ?? .null),
                    JSON.Member("version", version.map { .string($0) } ?? .null),
                ]
            )
        case .holders(let role, let page): ("holders", [JSON.Member("role", .string(role))] + page.members)
        case .list: ("list", [])
        case .show(let name): ("show", [JSON.Member("name", .string(name))])
        case .delete(let name, let force):
            ("delete", [JSON.Member("name", .string(name)), JSON.Member("force", .bool(force))])
        }
    }

    var need: CommandNeed {
        switch self {
        case .list, .show: .right(.rolesRead)
        case .holders: .right(.grantsRead)
        case .create, .change, .delete: .right(.rolesWrite)
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "create":
            guard let name = json["name"]?.string, let description = json["description"]?.string else { return nil }
            self = .create(name: name, description: description, rank: json["rank"]?.integer)
        case "change":
            guard let role = json["role"]?.string else { return nil }
            self = .change(
                role, name: json["name"]?.string, description: json["description"]?.string,
                rank: json["rank"]?.integer, version: json["version"]?.string)
        case "holders":
            guard let role = json["role"]?.string, let page = PageRequest(json) else { return nil }
            self = .holders(role, page)
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

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .create(let role, let description, let rank):
            let outcome = try await useCases.createRole(
                name: role, description: description, rank: rank, in: realm.name, by: actor)
            switch outcome {
            case .created(let role):
                return ControlReply(
                    .done, "Role '\(role.name)' created.", ["id": .string(role.id.text), "name": .string(role.name)])
            case .refused(let refusal): return ControlReply(refusal, "Role")
            case .notRepeated: throw .repeatedUnasked
            }
        case .change(let role, let name, let description, let rank, let version):
            var seen: EditVersion?
            if let version {
                guard let read = EditVersion(version) else { return .noVersion(version) }
                seen = read
            }
            let outcome = try await useCases.access.changeRole(
                role, ChangeRole.Input(name: name, description: description, rank: rank), ifVersion: seen,
                in: realm.name, by: actor)
            switch outcome {
            case .done(let role, let changed):
                return ControlReply(
                    .done, changed ? "Role '\(role.name)' changed." : "Role '\(role.name)' was so already.",
                    ["name": .string(role.name), "version": .string(role.editVersion.text), "changed": .bool(changed)])
            case .refused(let refusal): return ControlReply(refusal, "role", role)
            }
        case .holders(let role, let page):
            let found = try await useCases.listAccess.holders(
                of: .role(role), in: realm.name, after: page.after, limit: page.limit)
            guard let found else { return .noSuchRole(role) }
            return ControlReply(found.entries, next: found.next, empty: "Nobody was given it.")
        case .list:
            let roles = try await useCases.listAccess.roles(in: realm.name)
            return ControlReply(
                page: "roles", roles.map(\.json), next: nil,
                table: Table(
                    ["ROLE", "RANK", "USERS", "PERMISSIONS", "INCLUDES", "DESCRIPTION"],
                    roles.map {
                        [
                            $0.role.name, "\($0.role.rank)", "\($0.userCount)", "\($0.permissions.count)",
                            $0.includes.joined(separator: ", "), $0.role.description,
                        ]
                    }), empty: "No roles.")
        case .show(let name):
            guard let detail = try await useCases.listAccess.role(name, in: realm.name) else {
                return .noSuchRole(name)
            }
            return ControlReply(detail)
        case .delete(let name, let force):
            switch try await useCases.deleteRole(name, force: force, in: realm.name, by: actor) {
            case .deleted(let count):
                let taken = count == 0 ? "" : " and taken from \(users(count)); that holds from the next request on"
                return ControlReply(
                    .done, "Role '\(name)' deleted\(taken).",
                    ["name": .string(name), "taken_from": .integer(count)])
            case .inUse(let count):
                return ControlReply(
                    .refused, "Role '\(name)' is held by \(users(count)); --force takes it from them.",
                    ["code": "role_in_use", "users": .integer(count)])
            case .refused(let refusal): return ControlReply(refusal, "role", name)
            }
        }
    }
}

extension ControlReply {
    fileprivate init(_ detail: RoleDetail) {
        let permissions = detail.permissions.map(\.pair.description)
        let lines = [
            "id: \(detail.role.id)", "name: \(detail.role.name)",
            "description: \(TerminalText.escaped(detail.role.description))", "rank: \(detail.role.rank)",
            "version: \(detail.role.editVersion.text)",
            "created: \(detail.role.createdAt.iso8601)", "users: \(detail.userCount)",
            "permissions: \(permissions.isEmpty ? "none" : permissions.joined(separator: ", "))",
            "includes: \(detail.includes.isEmpty ? "none" : detail.includes.joined(separator: ", "))",
        ]
        self.init(.done, lines.joined(separator: "\n"), detail.json)
    }
}

extension RoleDetail {
    var json: JSON {
        [
            "id": .string(role.id.text), "name": .string(role.name), "description": .string(role.description),
            "created_at": .string(role.createdAt.iso8601), "users": .integer(userCount),
            "permissions": .array(permissions.map { .string($0.pair.description) }), "rank": .integer(role.rank),
            "version": .string(role.editVersion.text), "includes": .array(includes.map { .string($0) }),
        ]
    }
}

private func users(_ count: Int64) -> String { count == 1 ? "one user" : "\(count) users" }
