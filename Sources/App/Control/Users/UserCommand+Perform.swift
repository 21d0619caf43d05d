internal import Domain
internal import Flows
internal import Standards
internal import Storage

extension UserCommand {
    func perform(in realm: RealmSettings, _ premises: Premises) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .add(let username, let email, let password, let roles, let makesRoles):
            let input = SignUp.Input(username: username, email: email, password: password)
            return ControlReply(
                try await useCases.addUser(input, roles: roles, createMissingRoles: makesRoles, in: realm, by: .local))
        case .show(let user):
            guard let detail = try await useCases.showUser(user, in: realm.name) else { return .noSuchUser(user) }
            return ControlReply(detail.user, detail.grants)
        case .list(let filter, let page):
            let after = page.after.flatMap { Int64($0) } ?? 0
            switch try await useCases.listUsers(filter, in: realm.name, after: after, limit: page.limit) {
            case .page(let users, let next): return ControlReply(users, next: next)
            case .noSuchRole: return .noSuchRole(filter.role ?? "")
            }
        case .signOut(let user): return try await SessionCommand.endAll(of: user, in: realm, premises)
        case .setActive(let isActive, let user):
            let word = isActive ? "enabled" : "disabled"
            switch try await useCases.setUserActive(isActive, user: user, in: realm.name, by: .local) {
            case .changed(let user):
                return ControlReply(.done, "User '\(user.username)' is \(word).", user.json(changed: true))
            case .unchanged(let user):
                return ControlReply(.done, "User '\(user.username)' was \(word) already.", user.json(changed: false))
            case .noSuchUser: return .noSuchUser(user)
            }
        }
    }
}

extension ControlReply {
    fileprivate init(_ outcome: AddUser.Outcome) {
        switch outcome {
        case .added(let user, let grants):
            let roles = grants.roles.isEmpty ? "" : " with the roles \(grants.roles.joined(separator: ", "))"
            self.init(.done, "User '\(user.username)' added\(roles).", user.json(grants: grants))
        case .refused(.invalid(let problems)): self = .invalid(problems)
        case .refused(.taken):
            self.init(.refused, "The username or the e-mail address belongs to somebody.", ["code": "taken"])
        case .refused(.noSuchRole(let role)): self = .noSuchRole(role)
        case .refused(.busy):
            self.init(.unavailable, "The server is busy; try again in a moment.", ["code": "busy"])
        }
    }

    /// What `user show` says.
    fileprivate init(_ user: User, _ grants: Grants) {
        let lines = [
            "id: \(user.id)", "number: \(user.number)", "username: \(user.username)", "email: \(user.email)",
            "active: \(user.isActive ? "yes" : "no")", "created: \(user.createdAt.iso8601)",
            "roles: \(grants.roles.isEmpty ? "none" : grants.roles.joined(separator: ", "))",
            "permissions: \(grants.permissions.isEmpty ? "none" : grants.permissions.joined(separator: ", "))",
        ]
        self.init(.done, lines.joined(separator: "\n"), user.json(grants: grants))
    }
}

extension ControlReply {
    fileprivate init(_ users: [User], next: Int64?) {
        let rows = users.map {
            [
                "\($0.number)", $0.username.text, $0.email.text, $0.isActive ? "yes" : "no", $0.createdAt.iso8601,
                $0.id.text,
            ]
        }
        self.init(
            page: "users", users.map { .object($0.members) }, next: next.map { "\($0)" },
            table: Table(["NUMBER", "USERNAME", "EMAIL", "ACTIVE", "CREATED", "ID"], rows), empty: "No users.")
    }
}

extension User {
    fileprivate func json(changed: Bool) -> JSON {
        [
            "id": .string(id.text), "username": .string(username.text), "active": .bool(isActive),
            "changed": .bool(changed),
        ]
    }

    fileprivate func json(grants: Grants) -> JSON {
        .object(
            members + [
                JSON.Member("roles", .array(grants.roles.map { .string($0) })),
                JSON.Member("permissions", .array(grants.permissions.map { .string($0) })),
            ])
    }

    fileprivate var members: [JSON.Member] {
        [
            JSON.Member("id", .string(id.text)), JSON.Member("number", .integer(number)),
            JSON.Member("username", .string(username.text)), JSON.Member("email", .string(email.text)),
            JSON.Member("active", .bool(isActive)), JSON.Member("created_at", .string(createdAt.iso8601)),
        ]
    }
}
