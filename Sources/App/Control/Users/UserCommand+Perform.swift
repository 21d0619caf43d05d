internal import Domain
internal import Flows
internal import Standards
internal import Storage

extension UserCommand {
    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .add(let username, let email, let password, let roles, let makesRoles, let attributes):
            let input = SignUp.Input(
                username: username, email: email, password: password,
                attributes: attributes.map { realm.rules.profile.json(typed: $0) })
            return ControlReply(
                try await useCases.addUser(input, roles: roles, createMissingRoles: makesRoles, in: realm, by: actor))
        case .addWithoutPassword(let username, let email, let language, let isInvited, let attributes):
            let input = AddPerson.Input(
                username: username, email: email, language: language.flatMap(Language.init(chosen:)),
                isInvited: isInvited, attributes: realm.rules.profile.json(typed: attributes))
            return ControlReply(
                try await useCases.accounts.addPerson(input, in: realm, by: actor), isInvited: isInvited)
        case .show(let user):
            guard let detail = try await useCases.showUser(user, in: realm.name) else { return .noSuchUser(user) }
            return ControlReply(detail.user, detail.grants)
        case .list(let filter, let order, let page):
            var cursor: UserCursor?
            if let after = page.after {
                guard let read = UserCursor(after) else { return .wrongPlace }
                cursor = read
            }
            return ControlReply(
                try await useCases.listUsers(filter, in: realm.name, order, after: cursor, limit: page.limit), filter)
        case .count(let filter):
            return ControlReply(
                counted: try await useCases.listUsers(filter, in: realm.name, limit: 1, counts: true), filter)
        case .edit(let user, let username, let email, let language):
            var patch = EditUser.Patch()
            patch.username = username
            patch.email = email
            if let language {
                guard let known = Language(chosen: language) else {
                    return .invalid([
                        FieldProblem(field: "language", code: "not_one_of", message: "is no language of this server")
                    ])
                }
                patch.language = .some(known)
            }
            let outcome = try await useCases.administration.editUser(
                patch, of: user, in: realm, by: actor)
            return ControlReply(outcome, of: user)
        case .unlock(let user):
            switch try await useCases.defence.unlockUser(user: user, in: realm.name, by: actor) {
            case .unlocked(let user, let counters):
                let words =
                    counters > 0
                    ? "Tries against user '\(user.username)' are forgotten: \(counters) counters."
                    : "Nothing was tried against user '\(user.username)' lately."
                return ControlReply(.done, words, user.json(changed: counters > 0))
            case .noSuchUser: return .noSuchUser(user)
            case .refused(let refusal): return ControlReply(refusal)
            }
        case .invite(let user):
            return ControlReply(
                try await useCases.accounts.invite(user: user, in: realm, by: actor), of: user)
        case .reset(let user):
            return ControlReply(
                try await useCases.accounts.startReset(user: user, in: realm, by: actor), of: user)
        case .ban(let user, let end):
            let until: Timestamp
            switch end {
            case .at(let time): until = Timestamp(milliseconds: time)
            case .after(let seconds): until = premises.capabilities.now() + .seconds(seconds)
            }
            let outcome = try await useCases.accounts.banUser(
                until: until, user: user, in: realm, by: actor)
            return ControlReply(outcome, of: user)
        case .unban(let user):
            let outcome = try await useCases.accounts.banUser(until: nil, user: user, in: realm, by: actor)
            return ControlReply(outcome, of: user)
        case .delete(let user):
            switch try await useCases.accounts.deleteUser(user: user, in: realm, by: actor) {
            case .scheduled(let user, let finallyAt):
                return ControlReply(
                    .done,
                    "User '\(user.username)' is disabled and will be erased at \(finallyAt.iso8601); 'user enable' takes it back.",
                    ["id": .string(user.id.text), "finally_at": .string(finallyAt.iso8601)])
            case .noSuchUser: return .noSuchUser(user)
            case .ownAccount: return .ownAccount
            case .refused(let refusal): return ControlReply(refusal)
            }
        case .signOut(let user): return try await SessionCommand.endAll(of: user, in: realm, by: actor, premises)
        case .setActive(let isActive, let user):
            let word = isActive ? "enabled" : "disabled"
            switch try await useCases.setUserActive(isActive, user: user, in: realm, by: actor) {
            case .changed(let user):
                return ControlReply(.done, "User '\(user.username)' is \(word).", user.json(changed: true))
            case .unchanged(let user):
                return ControlReply(.done, "User '\(user.username)' was \(word) already.", user.json(changed: false))
            case .noSuchUser: return .noSuchUser(user)
            case .ownAccount: return .ownAccount
            case .refused(let refusal): return ControlReply(refusal)
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
            self = .nameTaken
        case .refused(.noSuchRole(let role)): self = .noSuchRole(role)
        case .refused(.mayNotGive(let role)):
            self.init(.refused, "You may not give the role '\(role)'.", ["code": "role_not_given"])
        case .refused(.busy):
            self.init(.unavailable, "The server is busy; try again in a moment.", ["code": "busy"])
        }
    }

    fileprivate init(_ outcome: AddPerson.Outcome, isInvited: Bool) {
        switch outcome {
        case .added(let user, let grants):
            let letter = isInvited ? "; a letter is on its way" : ", without a password"
            self.init(.done, "User '\(user.username)' added\(letter).", user.json(grants: grants))
        case .refused(.invalid(let problems)), .refused(.attributeTaken(let problems)): self = .invalid(problems)
        case .refused(.taken): self = .nameTaken
        // The command line brings no such key.
        case .refused(.notRepeated):
            self.init(.refused, "The key was used before.", ["code": "idempotency_key_reused"])
        }
    }

    fileprivate init(_ outcome: Invite.Outcome, of reference: String) {
        switch outcome {
        case .sent(let user):
            self.init(.done, "A letter is on its way to '\(user.username)'.", user.json(changed: true))
        case .hasPassword(let user):
            self.init(
                .refused, "User '\(user.username)' has a password; 'user reset' lets them set another.",
                ["code": "has_password"])
        case .notUsable(let user): self = .notUsable(user)
        case .noSuchUser: self = .noSuchUser(reference)
        case .refused(let refusal): self.init(refusal)
        }
    }

    fileprivate init(_ outcome: StartReset.Outcome, of reference: String) {
        switch outcome {
        case .sent(let user):
            self.init(.done, "A letter is on its way to '\(user.username)'.", user.json(changed: true))
        case .notUsable(let user): self = .notUsable(user)
        case .noSuchUser: self = .noSuchUser(reference)
        case .refused(let refusal): self.init(refusal)
        }
    }

    fileprivate init(_ outcome: BanUser.Outcome, of reference: String) {
        switch outcome {
        case .changed(let user): self.init(.done, "User '\(user.username)' is \(user.ban).", user.json(changed: true))
        case .unchanged(let user):
            self.init(.done, "User '\(user.username)' was \(user.ban) already.", user.json(changed: false))
        case .invalid(let problems): self = .invalid(problems)
        case .noSuchUser: self = .noSuchUser(reference)
        case .ownAccount: self = .ownAccount
        case .refused(let refusal): self.init(refusal)
        }
    }

    private static let nameTaken = ControlReply(
        .refused, "The username or the e-mail address belongs to somebody.", ["code": "taken"])

    private static func notUsable(_ user: User) -> ControlReply {
        ControlReply(.refused, "User '\(user.username)' is disabled or banned.", ["code": "account_not_usable"])
    }

    /// What `user show` says.
    fileprivate init(_ user: User, _ grants: Grants) {
        let lines = [
            "id: \(user.id)", "number: \(user.number)", "username: \(user.username)", "email: \(user.email)",
            "verified: \(user.emailVerifiedAt?.iso8601 ?? "no")", "active: \(user.isActive ? "yes" : "no")",
            "banned until: \(user.bannedUntil?.iso8601 ?? "not banned")",
            "deactivated: \(user.deactivatedAt?.iso8601 ?? "no")", "created: \(user.createdAt.iso8601)",
            "last sign-in: \(user.lastSignInAt?.iso8601 ?? "never")",
            "roles: \(grants.roles.isEmpty ? "none" : grants.roles.joined(separator: ", "))",
            "groups: \(grants.groups.isEmpty ? "none" : grants.groups.joined(separator: ", "))", "rank: \(grants.rank)",
            "permissions: \(grants.permissions.isEmpty ? "none" : grants.permissions.joined(separator: ", "))",
        ]
        self.init(.done, lines.joined(separator: "\n"), user.json(grants: grants))
    }
}

extension ControlReply {
    fileprivate static let wrongPlace = ControlReply(
        .refused, "--after needs the 'next' of a list in the same order.", ["code": "wrong_place"])

    fileprivate init(_ outcome: ListUsers.Outcome, _ filter: ListUsers.Filter) {
        switch outcome {
        case .page(let page): self.init(page.users, next: page.next?.text)
        case .noSuchRole: self = .noSuchRole(filter.role ?? "")
        case .wrongCursor: self = .wrongPlace
        case .prefixNeedsOrder:
            self.init(.refused, "--starts-with needs --sort username or --sort email.", ["code": "wrong_order"])
        }
    }

    fileprivate init(counted outcome: ListUsers.Outcome, _ filter: ListUsers.Filter) {
        guard case .page(let page) = outcome, let total = page.total else {
            self.init(outcome, filter)
            return
        }
        self.init(
            .done, "\(total.isExact ? "" : "At least ")\(total.count)",
            ["count": .integer(total.count), "exact": .bool(total.isExact)])
    }

    fileprivate init(_ outcome: EditUser.Outcome, of reference: String) {
        switch outcome {
        case .done(let user, _, let isChanged):
            self.init(
                .done, isChanged ? "User '\(user.username)' is changed." : "Nothing was to be changed.",
                user.json(changed: isChanged))
        case .refused(.invalid(let problems)): self = .invalid(problems)
        case .refused(.taken):
            self.init(.refused, "The username or the e-mail address belongs to somebody.", ["code": "taken"])
        case .refused(.aboveOwnRank):
            self.init(
                .refused, "The person ranks higher, or holds administrative rights that you do not hold.",
                ["code": "above_own_rank"])
        case .refused(.ownAccount):
            self.init(.refused, "Nobody gives themselves another address this way.", ["code": "own_account"])
        case .refused(.changedMeanwhile):
            self.init(.refused, "Somebody else has changed the user just now.", ["code": "changed_meanwhile"])
        case .refused(.noSuchUser): self = .noSuchUser(reference)
        }
    }

    fileprivate init(_ users: [User], next: String?) {
        let rows = users.map {
            [
                "\($0.number)", $0.username.text, $0.email.text, $0.isActive ? "yes" : "no", $0.createdAt.iso8601,
                $0.id.text,
            ]
        }
        self.init(
            page: "users", users.map { .object($0.members) }, next: next,
            table: Table(["NUMBER", "USERNAME", "EMAIL", "ACTIVE", "CREATED", "ID"], rows), empty: "No users.")
    }
}

extension User {
    fileprivate var ban: String { bannedUntil.map { "banned until \($0.iso8601)" } ?? "not banned" }

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
                JSON.Member("groups", .array(grants.groups.map { .string($0) })),
                JSON.Member("permissions", .array(grants.permissions.map { .string($0) })),
            ])
    }

    fileprivate var members: [JSON.Member] {
        [
            JSON.Member("id", .string(id.text)), JSON.Member("number", .integer(number)),
            JSON.Member("username", .string(username.text)), JSON.Member("email", .string(email.text)),
            JSON.Member("active", .bool(isActive)), JSON.Member("created_at", .string(createdAt.iso8601)),
            JSON.Member("email_verified_at", Self.json(emailVerifiedAt)),
            JSON.Member("banned_until", Self.json(bannedUntil)),
            JSON.Member("deactivated_at", Self.json(deactivatedAt)),
            JSON.Member("last_sign_in_at", Self.json(lastSignInAt)),
        ]
    }

    private static func json(_ time: Timestamp?) -> JSON { time.map { .string($0.iso8601) } ?? .null }
}
