internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// Carries a command out; the one handler behind the control socket and behind commands without a server.
func perform(_ request: ControlRequest, _ useCases: UseCases) async -> ControlReply {
    guard let name = RealmName(request.realm), let realm = useCases.realms[name] else {
        return ControlReply(.refused, "There is no realm '\(request.realm)'.", ["code": "no_such_realm"])
    }
    do {
        switch request.command {
        case .addUser(let username, let email, let password, let roles, let makesRoles):
            let input = SignUp.Input(username: username, email: email, password: password)
            return ControlReply(
                try await useCases.addUser(input, roles: roles, createMissingRoles: makesRoles, in: realm, by: .local))
        case .showUser(let user):
            guard let detail = try await useCases.showUser(user, in: name) else { return .noSuchUser(user) }
            return ControlReply(detail.user, detail.grants)
        case .setUserActive(let isActive, let user):
            let word = isActive ? "enabled" : "disabled"
            switch try await useCases.setUserActive(isActive, user: user, in: name, by: .local) {
            case .changed(let user):
                return ControlReply(.done, "User '\(user.username)' is \(word).", user.json(changed: true))
            case .unchanged(let user):
                return ControlReply(.done, "User '\(user.username)' was \(word) already.", user.json(changed: false))
            case .noSuchUser: return .noSuchUser(user)
            }
        case .createRole(let role, let description):
            switch try await useCases.createRole(name: role, description: description, in: name, by: .local) {
            case .created(let role):
                return ControlReply(
                    .done, "Role '\(role.name)' created.", ["id": .string(role.id.text), "name": .string(role.name)])
            case .refused(let refusal): return ControlReply(refusal, "Role")
            }
        case .createPermission(let resource, let action, let permission, let description):
            let outcome = try await useCases.createPermission(
                resource: resource, action: action, name: permission, description: description, in: name, by: .local)
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
        case .changeGrant(let change, let isGrant):
            switch try await useCases.changeGrant(change, isGrant: isGrant, in: name, by: .local) {
            case .done(let changed):
                let message =
                    changed
                    ? (isGrant
                        ? "Granted; it holds from the next request on." : "Revoked; it holds from the next request on.")
                    : (isGrant ? "It was granted already." : "It was not granted.")
                return ControlReply(.done, message, ["changed": .bool(changed)])
            case .refused(let refusal): return ControlReply(refusal, change)
            }
        case .keys(let command): return try await .keys(command, useCases, in: realm)
        case .migrate:
            let version = try await useCases.databaseStatus().schemaVersion
            return ControlReply(
                .done, "The database is at version \(version).", ["schema_version": .integer(version)])
        }
    } catch {
        return ControlReply(.unavailable, "The \(error).", ["code": "database_unavailable"])
    }
}

extension ControlReply {
    fileprivate static func noSuchUser(_ user: String) -> ControlReply {
        ControlReply(.refused, "There is no user '\(user)'.", ["code": "no_such_user"])
    }

    fileprivate static func invalid(_ problems: [FieldProblem]) -> ControlReply {
        ControlReply(
            .refused, problems.map { "\($0.field): \($0.message)" }.joined(separator: "\n"),
            [
                "code": "invalid",
                "problems": .array(
                    problems.map {
                        ["field": .string($0.field), "code": .string($0.code), "message": .string($0.message)]
                    }),
            ])
    }

    fileprivate init(_ outcome: AddUser.Outcome) {
        switch outcome {
        case .added(let user, let grants):
            let roles = grants.roles.isEmpty ? "" : " with the roles \(grants.roles.joined(separator: ", "))"
            self.init(.done, "User '\(user.username)' added\(roles).", user.json(grants: grants))
        case .refused(.invalid(let problems)): self = .invalid(problems)
        case .refused(.taken):
            self.init(.refused, "The username or the e-mail address belongs to somebody.", ["code": "taken"])
        case .refused(.noSuchRole(let role)):
            self.init(.refused, "There is no role '\(role)'.", ["code": "no_such_role"])
        case .refused(.busy):
            self.init(.unavailable, "The server is busy; try again in a moment.", ["code": "busy"])
        }
    }

    fileprivate init(_ refusal: CreationRefusal, _ kind: String) {
        switch refusal {
        case .exists(let name): self.init(.refused, "\(kind) '\(name)' already exists.", ["code": "exists"])
        case .invalid(let problems): self = .invalid(problems)
        }
    }

    fileprivate init(_ refusal: ChangeGrant.Refusal, _ change: GrantChange) {
        let names: (role: String, permission: String, user: String) =
            switch change {
            case .roleToUser(let role, let user): (role, "", user)
            case .permissionToUser(let permission, let user): ("", permission, user)
            case .permissionToRole(let permission, let role): (role, permission, "")
            }
        let message =
            switch refusal {
            case .noSuchUser: "There is no user '\(names.user)'."
            case .noSuchRole: "There is no role '\(names.role)'."
            case .noSuchPermission: "There is no permission '\(names.permission)'."
            }
        self.init(.refused, message, ["code": .string(refusal.rawValue)])
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

extension User {
    fileprivate func json(changed: Bool) -> JSON {
        [
            "id": .string(id.text), "username": .string(username.text), "active": .bool(isActive),
            "changed": .bool(changed),
        ]
    }

    fileprivate func json(grants: Grants) -> JSON {
        [
            "id": .string(id.text), "number": .integer(number), "username": .string(username.text),
            "email": .string(email.text), "active": .bool(isActive), "created_at": .string(createdAt.iso8601),
            "roles": .array(grants.roles.map { .string($0) }),
            "permissions": .array(grants.permissions.map { .string($0) }),
        ]
    }
}
