public import Domain
public import Flows
internal import Standards
internal import Storage

/// What can be done about users.
public enum UserCommand: Sendable {
    /// `roles` beside the standard one; with `makesRoles` those that do not exist are created.
    case add(username: String, email: String, password: Secret, roles: [String], makesRoles: Bool)
    case show(String)
    case list(ListUsers.Filter, PageRequest)
    case setActive(Bool, user: String)
    /// Ends every session of a user.
    case signOut(String)
}

extension ControlCommand {
    public static func user(_ command: UserCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension UserCommand: ControlTopic {
    static let name = "user"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .add(let username, let email, let password, let roles, let makesRoles):
            (
                "add",
                [
                    JSON.Member("username", .string(username)), JSON.Member("email", .string(email)),
                    JSON.Member("password", .string(String(decoding: password.exposed, as: UTF8.self))),
                    JSON.Member("roles", .array(roles.map { .string($0) })),
                    JSON.Member("makes_roles", .bool(makesRoles)),
                ]
            )
        case .show(let user): ("show", [JSON.Member("user", .string(user))])
        case .list(let filter, let page):
            (
                "list",
                [
                    JSON.Member("active", filter.isActive.map { .bool($0) } ?? .null),
                    JSON.Member("text", filter.text.map { .string($0) } ?? .null),
                    JSON.Member("role", filter.role.map { .string($0) } ?? .null),
                ] + page.members
            )
        case .signOut(let user): ("sign_out", [JSON.Member("user", .string(user))])
        case .setActive(let isActive, let user):
            ("set_active", [JSON.Member("user", .string(user)), JSON.Member("active", .bool(isActive))])
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "add":
            guard let username = json["username"]?.string, let email = json["email"]?.string,
                let password = json["password"]?.string, let roles = json["roles"]?.array,
                let makesRoles = json["makes_roles"]?.bool
            else { return nil }
            self = .add(
                username: username, email: email, password: Secret(utf8: password),
                roles: roles.compactMap(\.string), makesRoles: makesRoles)
        case "show":
            guard let user = json["user"]?.string else { return nil }
            self = .show(user)
        case "list":
            guard let page = PageRequest(json) else { return nil }
            self = .list(
                ListUsers.Filter(
                    isActive: json["active"]?.bool, text: json["text"]?.string, role: json["role"]?.string), page)
        case "sign_out":
            guard let user = json["user"]?.string else { return nil }
            self = .signOut(user)
        case "set_active":
            guard let user = json["user"]?.string, let isActive = json["active"]?.bool else { return nil }
            self = .setActive(isActive, user: user)
        default: return nil
        }
    }

    /// Making the first administrator begins an installation.
    var mayMakeDatabase: Bool {
        if case .add(_, _, _, _, let makesRoles) = self { makesRoles } else { false }
    }
}
