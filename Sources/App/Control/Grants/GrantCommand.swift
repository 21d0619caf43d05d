internal import Domain
public import Flows
internal import Standards
internal import Storage

/// What can be done about who holds what.
public enum GrantCommand: Sendable {
    case change(GrantChange, isGrant: Bool)
    /// What a user holds, with where each thing comes from.
    case listOfUser(String)
    /// What a role gives.
    case listOfRole(String)
}

extension ControlCommand {
    public static func grant(_ command: GrantCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension GrantCommand: ControlTopic {
    static let name = "grant"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .change(let change, let isGrant):
            let names: [(String, String)] =
                switch change {
                case .roleToUser(let role, let user): [("role", role), ("to_user", user)]
                case .permissionToUser(let permission, let user): [("permission", permission), ("to_user", user)]
                case .permissionToRole(let permission, let role): [("permission", permission), ("to_role", role)]
                }
            return (isGrant ? "add" : "remove", names.map { JSON.Member($0, .string($1)) })
        case .listOfUser(let user): return ("list", [JSON.Member("user", .string(user))])
        case .listOfRole(let role): return ("list", [JSON.Member("role", .string(role))])
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "list":
            switch (json["user"]?.string, json["role"]?.string) {
            case (let user?, nil): self = .listOfUser(user)
            case (nil, let role?): self = .listOfRole(role)
            default: return nil
            }
        case "add", "remove":
            guard let change = GrantChange(json) else { return nil }
            self = .change(change, isGrant: word == "add")
        default: return nil
        }
    }

    func perform(in realm: RealmSettings, _ premises: Premises) async throws(StoreFault) -> ControlReply {
        switch self {
        case .change(let change, let isGrant):
            switch try await premises.useCases.changeGrant(change, isGrant: isGrant, in: realm.name, by: .local) {
            case .done(let changed):
                let message =
                    changed
                    ? (isGrant
                        ? "Granted; it holds from the next request on." : "Revoked; it holds from the next request on.")
                    : (isGrant ? "It was granted already." : "It was not granted.")
                return ControlReply(.done, message, ["changed": .bool(changed)])
            case .refused(let refusal): return ControlReply(refusal, change)
            }
        case .listOfUser(let user):
            guard let grants = try await premises.useCases.listAccess.grants(of: user, in: realm.name) else {
                return .noSuchUser(user)
            }
            let ofRoles = grants.roles.flatMap { detail in
                [HeldGrant(kind: "role", name: detail.role.name, through: nil)]
                    + detail.permissions.map { HeldGrant($0, through: detail.role.name) }
            }
            return ControlReply(grants: ofRoles + grants.direct.map { HeldGrant($0, through: nil) })
        case .listOfRole(let role):
            guard let detail = try await premises.useCases.listAccess.role(role, in: realm.name) else {
                return .noSuchRole(role)
            }
            return ControlReply(grants: detail.permissions.map { HeldGrant($0, through: nil) })
        }
    }
}

extension GrantChange {
    /// `nil` unless exactly one thing goes to exactly one holder.
    fileprivate init?(_ json: JSON) {
        func text(_ name: String) -> String? { json[name]?.string }
        switch (text("role"), text("permission"), text("to_user"), text("to_role")) {
        case (let role?, nil, let user?, nil): self = .roleToUser(role: role, user: user)
        case (nil, let permission?, let user?, nil): self = .permissionToUser(permission: permission, user: user)
        case (nil, let permission?, nil, let role?): self = .permissionToRole(permission: permission, role: role)
        default: return nil
        }
    }
}

extension ControlReply {
    fileprivate init(_ refusal: ChangeGrant.Refusal, _ change: GrantChange) {
        let names: (role: String, permission: String, user: String) =
            switch change {
            case .roleToUser(let role, let user): (role, "", user)
            case .permissionToUser(let permission, let user): ("", permission, user)
            case .permissionToRole(let permission, let role): (role, permission, "")
            }
        switch refusal {
        case .noSuchUser: self = .noSuchUser(names.user)
        case .noSuchRole: self = .noSuchRole(names.role)
        case .noSuchPermission: self = .noSuchPermission(names.permission)
        }
    }
}

/// One line of `grant list`.
private struct HeldGrant {
    /// `role` or `permission`.
    let kind: String
    let name: String
    /// The role that gives it; `nil` for what was granted itself.
    let through: String?

    init(kind: String, name: String, through: String?) {
        self.kind = kind
        self.name = name
        self.through = through
    }

    init(_ permission: Permission, through role: String?) {
        self.init(kind: "permission", name: permission.pair.description, through: role)
    }

    var json: JSON {
        ["kind": .string(kind), "name": .string(name), "through": through.map { .string($0) } ?? .null]
    }
}

extension ControlReply {
    fileprivate init(grants: [HeldGrant]) {
        self.init(
            page: "grants", grants.map(\.json), next: nil,
            table: Table(["KIND", "NAME", "THROUGH"], grants.map { [$0.kind, $0.name, $0.through ?? ""] }),
            empty: "No grants.")
    }
}
