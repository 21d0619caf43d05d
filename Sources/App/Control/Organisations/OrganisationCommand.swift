internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about organisations and their members.
public enum OrganisationCommand: Sendable {
    case create(name: String, title: String)
    case list(PageRequest)
    case show(String)
    case change(String, name: String?, title: String?)
    case delete(String)
    case members(String, PageRequest)
    /// `nil` removes.
    case member(user: String, organisation: String, role: String?)
}

extension ControlCommand {
    public static func organisation(_ command: OrganisationCommand) -> ControlCommand {
        ControlCommand(topic: command)
    }
}

extension OrganisationCommand: ControlTopic {
    static let name = "organisation"

    var wire: (word: String, members: [JSON.Member]) {
        func members(_ fields: (String, String?)...) -> [JSON.Member] {
            fields.compactMap { name, text in text.map { JSON.Member(name, .string($0)) } }
        }
        return switch self {
        case .create(let name, let title): ("create", members(("name", name), ("title", title)))
        case .list(let page): ("list", page.members)
        case .show(let name): ("show", members(("name", name)))
        case .change(let name, let new, let title):
            ("change", members(("name", name), ("new_name", new), ("title", title)))
        case .delete(let name): ("delete", members(("name", name)))
        case .members(let name, let page): ("members", members(("name", name)) + page.members)
        case .member(let user, let name, let role):
            ("member", members(("name", name), ("user", user), ("role", role)))
        }
    }

    init?(word: String, _ json: JSON) {
        if word == "list" {
            guard let page = PageRequest(json) else { return nil }
            self = .list(page)
            return
        }
        guard let name = json["name"]?.string else { return nil }
        switch word {
        case "create":
            guard let title = json["title"]?.string else { return nil }
            self = .create(name: name, title: title)
        case "show": self = .show(name)
        case "change": self = .change(name, name: json["new_name"]?.string, title: json["title"]?.string)
        case "delete": self = .delete(name)
        case "members":
            guard let page = PageRequest(json) else { return nil }
            self = .members(name, page)
        case "member":
            guard let user = json["user"]?.string else { return nil }
            self = .member(user: user, organisation: name, role: json["role"]?.string)
        default: return nil
        }
    }

    var need: CommandNeed {
        switch self {
        case .list, .show, .members: .right(.organisationsRead)
        case .create, .change, .delete, .member: .right(.organisationsWrite)
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        try await perform(in: realm, by: actor, premises.useCases.organisations)
    }

    private func perform(
        in realm: Realm, by actor: Actor, _ flows: OrganisationFlows
    ) async throws(StoreFault) -> ControlReply {
        switch self {
        case .create(let name, let title):
            switch try await flows.create(name: name, title: title, in: realm.name, by: actor) {
            case .created(let made): return ControlReply(.done, "Organisation '\(name)' created.", made.json)
            case .refused(let refusal): return ControlReply(refusal, name)
            case .notRepeated: throw .repeatedUnasked
            }
        case .list(let page):
            let (found, hasMore) = try await flows.list(in: realm.name, after: page.after ?? "", limit: page.limit)
            return ControlReply(
                page: "organisations", found.map(\.json), next: hasMore ? found.last?.name : nil,
                table: Table(["ORGANISATION", "TITLE"], found.map { [$0.name, $0.title] }), empty: "No organisations.")
        case .show(let name):
            guard let found = try await flows.list.show(name, in: realm.name) else {
                return ControlReply(OrganisationRefusal.noSuchOrganisation, name)
            }
            return try await show(found, in: realm, by: actor, flows)
        case .change(let name, let new, let title):
            switch try await flows.change(name, newName: new, title: title, in: realm.name, by: actor) {
            case .changed(let now): return ControlReply(.done, "Organisation '\(now.name)' changed.", now.json)
            case .refused(let refusal): return ControlReply(refusal, name)
            }
        case .delete(let name):
            switch try await flows.delete(name, in: realm.name, by: actor) {
            case .deleted:
                return ControlReply(
                    .done, "Organisation '\(name)' deleted with its groups and invitations.", ["name": .string(name)])
            case .refused(let refusal): return ControlReply(refusal, name)
            }
        case .members(let name, let wanted):
            let outcome = try await flows.list.members(
                of: name, as: .realm(actor), in: realm.name, after: wanted.after.flatMap { ID<User>($0) },
                limit: wanted.limit)
            switch outcome {
            case .found(let page): return ControlReply(page)
            case .refused(let refusal): return ControlReply(refusal, name)
            }
        case .member(let user, _, let word):
            var role: Organisation.Role?
            if let word {
                guard let known = Organisation.Role(rawValue: word) else {
                    return ControlReply(.refused, "A role is 'member' or 'admin'.", ["code": "invalid"])
                }
                role = known
            }
            return try await change(user, role, in: realm, by: actor, flows)
        }
    }

    private func change(
        _ user: String, _ role: Organisation.Role?, in realm: Realm, by actor: Actor, _ flows: OrganisationFlows
    ) async throws(StoreFault) -> ControlReply {
        guard case .member(_, let name, _) = self else { return .noSuchUser(user) }
        switch try await flows.changeMember(role, user: user, organisation: name, in: realm.name, as: .realm(actor)) {
        case .done(let changed):
            let what = role.map { "is \($0.rawValue) of '\(name)'" } ?? "is no member of '\(name)' any more"
            return ControlReply(
                .done, changed ? "'\(user)' \(what)." : "It was so already.", ["changed": .bool(changed)])
        case .refused(.noSuchUser): return .noSuchUser(user)
        case .refused(let refusal): return ControlReply(refusal, name)
        }
    }

    private func show(
        _ organisation: Organisation, in realm: Realm, by actor: Actor, _ flows: OrganisationFlows
    ) async throws(StoreFault) -> ControlReply {
        var groups: [String] = []
        if case .found(let found) = try await flows.list.groups(
            of: organisation.name, as: .realm(actor), in: realm.name)
        {
            groups = found.map(\.name)
        }
        let lines = [
            "id: \(organisation.id)", "name: \(organisation.name)",
            "title: \(TerminalText.escaped(organisation.title))", "created: \(organisation.createdAt.iso8601)",
            "groups: \(groups.isEmpty ? "none" : groups.joined(separator: ", "))",
        ]
        return ControlReply(
            .done, lines.joined(separator: "\n"),
            ["organisation": organisation.json, "groups": .array(groups.map { .string($0) })])
    }
}

extension Organisation {
    fileprivate var json: JSON {
        [
            "id": .string(id.text), "name": .string(name), "title": .string(title), "version": .integer(version),
            "created_at": .string(createdAt.iso8601),
        ]
    }
}

extension ControlReply {
    fileprivate init(_ page: ListOrganisations.Members) {
        self.init(
            page: "members",
            page.members.map {
                [
                    "id": .string($0.user.text), "username": .string($0.username), "email": .string($0.email),
                    "role": .string($0.role.rawValue), "joined_at": .string($0.joinedAt.iso8601),
                ]
            }, next: page.next?.text,
            table: Table(
                ["USERNAME", "E-MAIL", "ROLE", "ID"],
                page.members.map { [$0.username, $0.email, $0.role.rawValue, $0.user.text] }), empty: "No members.")
    }

    /// - Parameter name: the organisation's.
    init(_ refusal: OrganisationRefusal, _ name: String) {
        func refused(_ sentence: String, _ code: String) -> ControlReply {
            ControlReply(.refused, sentence, ["code": .string(code)])
        }
        switch refusal {
        case .noSuchOrganisation: self = refused("There is no organisation '\(name)'.", "no_such_organisation")
        case .notItsAdministrator:
            self = refused("Only for the organisation's administrators.", "organisation_admin_required")
        case .noSuchUser: self = refused("There is no such user.", "no_such_user")
        case .noSuchGroup: self = refused("'\(name)' has no such group.", "no_such_group")
        case .noSuchInvitation: self = refused("'\(name)' has no such invitation.", "no_such_invitation")
        case .exists: self = refused("An organisation of that name already exists.", "exists")
        case .invalid(let problems): self = .invalid(problems)
        case .changedMeanwhile: self = refused("Somebody else changed it just now.", "changed_meanwhile")
        case .lastOfOrganisation:
            self = refused("Nobody would be left who looks after the organisation.", "last_organisation_admin")
        case .lastAdministrator: self = refused("Nobody would be left who administers the realm.", "last_administrator")
        case .aboveOwnRank: self = refused("It stands above your own rank.", "above_own_rank")
        case .notHeld: self = refused("It gives what you do not hold yourself, or not for that long.", "not_held")
        case .tooMany: self = refused("Too many invitations wait already.", "too_many")
        case .wait: self = refused("Too many invitations; try again later.", "too_many_requests")
        }
    }
}
