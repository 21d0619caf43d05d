public import Domain
public import Flows
internal import Standards

/// Everything an operator can ask for from the command line, with or without a running server.
public enum ControlCommand: Sendable {
    /// `roles` beside the standard one; with `makesRoles` those that do not exist are created.
    case addUser(username: String, email: String, password: Secret, roles: [String], makesRoles: Bool)
    case showUser(String)
    case setUserActive(Bool, user: String)
    case createRole(name: String, description: String)
    /// `name` is `resource:action` where it is `nil`.
    case createPermission(resource: String, action: String, name: String?, description: String)
    case changeGrant(GrantChange, isGrant: Bool)
    case keys(KeysCommand)
    /// The schema's version; opening the database has brought it up to date.
    case migrate
}

/// A command and the realm it is for, as it travels over the control socket.
public struct ControlRequest: Sendable {
    public let realm: String
    public let command: ControlCommand

    public init(realm: String, command: ControlCommand) {
        self.realm = realm
        self.command = command
    }
}

extension ControlRequest {
    var json: JSON {
        var members: [(String, JSON)]
        switch command {
        case .addUser(let username, let email, let password, let roles, let makesRoles):
            members = [
                ("command", "user.add"), ("username", .string(username)), ("email", .string(email)),
                ("password", .string(String(decoding: password.exposed, as: UTF8.self))),
                ("roles", .array(roles.map { .string($0) })), ("makes_roles", .bool(makesRoles)),
            ]
        case .showUser(let user): members = [("command", "user.show"), ("user", .string(user))]
        case .setUserActive(let isActive, let user):
            members = [("command", "user.set_active"), ("user", .string(user)), ("active", .bool(isActive))]
        case .createRole(let name, let description):
            members = [("command", "role.create"), ("name", .string(name)), ("description", .string(description))]
        case .createPermission(let resource, let action, let name, let description):
            members = [
                ("command", "permission.create"), ("resource", .string(resource)), ("action", .string(action)),
                ("name", name.map { .string($0) } ?? .null), ("description", .string(description)),
            ]
        case .changeGrant(let change, let isGrant):
            members = [("command", isGrant ? "grant" : "revoke")]
            switch change {
            case .roleToUser(let role, let user): members += [("role", .string(role)), ("to_user", .string(user))]
            case .permissionToUser(let permission, let user):
                members += [("permission", .string(permission)), ("to_user", .string(user))]
            case .permissionToRole(let permission, let role):
                members += [("permission", .string(permission)), ("to_role", .string(role))]
            }
        case .keys(let command): members = command.members
        case .migrate: members = [("command", "migrate")]
        }
        return .object([JSON.Member("realm", .string(realm))] + members.map { JSON.Member($0.0, $0.1) })
    }

    /// `nil` for anything that ``json`` would not have written.
    init?(_ json: JSON) {
        func text(_ name: String) -> String? { json[name]?.string }
        guard let realm = text("realm"), let word = text("command"), let command = Self.command(word, json, text) else {
            return nil
        }
        self.init(realm: realm, command: command)
    }

    private static func command(_ word: String, _ json: JSON, _ text: (String) -> String?) -> ControlCommand? {
        switch word {
        case "user.add":
            guard let username = text("username"), let email = text("email"), let password = text("password"),
                let roles = json["roles"]?.array, let makesRoles = json["makes_roles"]?.bool
            else { return nil }
            return .addUser(
                username: username, email: email, password: Secret(utf8: password),
                roles: roles.compactMap(\.string), makesRoles: makesRoles)
        case "user.show": return text("user").map { .showUser($0) }
        case "user.set_active":
            guard let user = text("user"), let isActive = json["active"]?.bool else { return nil }
            return .setUserActive(isActive, user: user)
        case "role.create":
            guard let name = text("name"), let description = text("description") else { return nil }
            return .createRole(name: name, description: description)
        case "permission.create":
            guard let resource = text("resource"), let action = text("action"), let description = text("description")
            else { return nil }
            return .createPermission(
                resource: resource, action: action, name: text("name"), description: description)
        case "grant", "revoke":
            return grantChange(text).map { .changeGrant($0, isGrant: word == "grant") }
        case "migrate": return .migrate
        default: return KeysCommand(word, json).map { .keys($0) }
        }
    }

    private static func grantChange(_ text: (String) -> String?) -> GrantChange? {
        switch (text("role"), text("permission"), text("to_user"), text("to_role")) {
        case (let role?, nil, let user?, nil): .roleToUser(role: role, user: user)
        case (nil, let permission?, let user?, nil): .permissionToUser(permission: permission, user: user)
        case (nil, let permission?, nil, let role?): .permissionToRole(permission: permission, role: role)
        default: nil
        }
    }
}
