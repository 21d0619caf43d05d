public import Domain
public import Flows
internal import Standards
internal import Storage

/// What can be done about users.
public enum UserCommand: Sendable {
    /// `roles` beside the standard one; with `makesRoles` those that do not exist are created. `attributes` as typed, where
    /// they are asked for: `name=value`.
    case add(
        username: String, email: String, password: Secret, roles: [String], makesRoles: Bool,
        attributes: [String]? = nil)
    /// Without a password; `isInvited` writes to the person, who chooses one.
    case addWithoutPassword(
        username: String, email: String, language: String?, isInvited: Bool, attributes: [String])
    case show(String)
    case list(ListUsers.Filter, UserOrder = .byNumber, PageRequest)
    case count(ListUsers.Filter)
    /// What is `nil` stays.
    case edit(String, username: String?, email: String?, language: String?)
    case setActive(Bool, user: String)
    /// Has a letter sent to somebody without a password.
    case invite(String)
    /// Has a letter sent with which a new password is set.
    case reset(String)
    case ban(String, until: BanEnd)
    case unban(String)
    /// After the realm's time of grace.
    case delete(String)
    /// Forgets what was tried against a user.
    case unlock(String)
    /// Ends every session of a user.
    case signOut(String)

    /// When somebody may come in again.
    public enum BanEnd: Sendable {
        /// In milliseconds since 1970.
        case at(Int64)
        /// In seconds from now.
        case after(Int64)
    }
}

extension ControlCommand {
    public static func user(_ command: UserCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension UserCommand: ControlTopic {
    static let name = "user"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .add(let username, let email, let password, let roles, let makesRoles, let attributes):
            (
                "add",
                [
                    JSON.Member("username", .string(username)), JSON.Member("email", .string(email)),
                    JSON.Member("password", .string(String(decoding: password.exposed, as: UTF8.self))),
                    JSON.Member("roles", .array(roles.map { .string($0) })),
                    JSON.Member("makes_roles", .bool(makesRoles)),
                    JSON.Member("attributes", attributes.map { .array($0.map { .string($0) }) } ?? .null),
                ]
            )
        case .addWithoutPassword(let username, let email, let language, let isInvited, let attributes):
            (
                "add_without_password",
                [
                    JSON.Member("username", .string(username)), JSON.Member("email", .string(email)),
                    JSON.Member("language", language.map { .string($0) } ?? .null),
                    JSON.Member("invite", .bool(isInvited)),
                    JSON.Member("attributes", .array(attributes.map { .string($0) })),
                ]
            )
        case .show(let user): ("show", [JSON.Member("user", .string(user))])
        case .list(let filter, let order, let page):
            (
                "list",
                filter.members + [
                    JSON.Member("sort", .string(order.sort.rawValue)),
                    JSON.Member("descending", .bool(order.isDescending)),
                ] + page.members
            )
        case .count(let filter): ("count", filter.members)
        case .edit(let user, let username, let email, let language):
            (
                "edit",
                [
                    JSON.Member("user", .string(user)), JSON.Member("username", username.map { .string($0) } ?? .null),
                    JSON.Member("email", email.map { .string($0) } ?? .null),
                    JSON.Member("language", language.map { .string($0) } ?? .null),
                ]
            )
        case .unlock(let user): ("unlock", [JSON.Member("user", .string(user))])
        case .signOut(let user): ("sign_out", [JSON.Member("user", .string(user))])
        case .invite(let user): ("invite", [JSON.Member("user", .string(user))])
        case .reset(let user): ("reset", [JSON.Member("user", .string(user))])
        case .delete(let user): ("delete", [JSON.Member("user", .string(user))])
        case .unban(let user): ("unban", [JSON.Member("user", .string(user))])
        case .ban(let user, .at(let time)):
            ("ban", [JSON.Member("user", .string(user)), JSON.Member("at", .integer(time))])
        case .ban(let user, .after(let seconds)):
            ("ban", [JSON.Member("user", .string(user)), JSON.Member("after", .integer(seconds))])
        case .setActive(let isActive, let user):
            ("set_active", [JSON.Member("user", .string(user)), JSON.Member("active", .bool(isActive))])
        }
    }

    var need: CommandNeed {
        switch self {
        case .add(_, _, _, _, let makesRoles, _):
            makesRoles ? .local : .right(.usersCreate)
        case .addWithoutPassword: .right(.usersCreate)
        case .show, .list, .count: .right(.usersRead)
        case .edit: .right(.usersUpdate)
        case .setActive, .ban, .unban, .unlock: .right(.usersSuspend)
        case .invite, .reset: .right(.usersRecover)
        case .delete: .right(.usersDelete)
        case .signOut: .right(.sessionsEnd)
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
                roles: roles.compactMap(\.string), makesRoles: makesRoles,
                attributes: json["attributes"]?.array?.compactMap(\.string))
        case "add_without_password":
            guard let username = json["username"]?.string, let email = json["email"]?.string,
                let isInvited = json["invite"]?.bool, let attributes = json["attributes"]?.array
            else { return nil }
            self = .addWithoutPassword(
                username: username, email: email, language: json["language"]?.string, isInvited: isInvited,
                attributes: attributes.compactMap(\.string))
        case "show":
            guard let user = json["user"]?.string else { return nil }
            self = .show(user)
        case "list":
            guard let page = PageRequest(json) else { return nil }
            let sort = json["sort"]?.string.flatMap(UserSort.init(rawValue:)) ?? .number
            self = .list(
                ListUsers.Filter(json), UserOrder(sort, isDescending: json["descending"]?.bool ?? false), page)
        case "count": self = .count(ListUsers.Filter(json))
        case "edit":
            guard let user = json["user"]?.string else { return nil }
            self = .edit(
                user, username: json["username"]?.string, email: json["email"]?.string,
                language: json["language"]?.string)
        case "sign_out":
            guard let user = json["user"]?.string else { return nil }
            self = .signOut(user)
        case "unlock":
            guard let user = json["user"]?.string else { return nil }
            self = .unlock(user)
        case "set_active":
            guard let user = json["user"]?.string, let isActive = json["active"]?.bool else { return nil }
            self = .setActive(isActive, user: user)
        case "invite":
            guard let user = json["user"]?.string else { return nil }
            self = .invite(user)
        case "reset":
            guard let user = json["user"]?.string else { return nil }
            self = .reset(user)
        case "delete":
            guard let user = json["user"]?.string else { return nil }
            self = .delete(user)
        case "unban":
            guard let user = json["user"]?.string else { return nil }
            self = .unban(user)
        case "ban":
            guard let user = json["user"]?.string else { return nil }
            if let time = json["at"]?.integer {
                self = .ban(user, until: .at(time))
            } else {
                guard let seconds = json["after"]?.integer else { return nil }
                self = .ban(user, until: .after(seconds))
            }
        default: return nil
        }
    }

    /// Making the first administrator begins an installation.
    var mayMakeDatabase: Bool {
        if case .add(_, _, _, _, let makesRoles, _) = self { makesRoles } else { false }
    }
}
