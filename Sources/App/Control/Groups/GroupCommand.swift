internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about groups.
public enum GroupCommand: Sendable {
    case create(name: String, description: String, organisation: String?)
    case list(PageRequest)
    case show(String)
    case change(String, name: String?, description: String?)
    case delete(String)
    case members(String, PageRequest)
}

extension ControlCommand {
    public static func group(_ command: GroupCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension GroupCommand: ControlTopic {
    static let name = "group"

    var wire: (word: String, members: [JSON.Member]) {
        func members(_ fields: (String, String?)...) -> [JSON.Member] {
            fields.compactMap { name, text in text.map { JSON.Member(name, .string($0)) } }
        }
        return switch self {
        case .create(let name, let description, let organisation):
            ("create", members(("name", name), ("description", description), ("organisation", organisation)))
        case .list(let page): ("list", page.members)
        case .show(let name): ("show", members(("name", name)))
        case .change(let name, let new, let description):
            ("change", members(("name", name), ("new_name", new), ("description", description)))
        case .delete(let name): ("delete", members(("name", name)))
        case .members(let name, let page): ("members", members(("name", name)) + page.members)
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
            self = .create(
                name: name, description: json["description"]?.string ?? "", organisation: json["organisation"]?.string)
        case "show": self = .show(name)
        case "change":
            self = .change(name, name: json["new_name"]?.string, description: json["description"]?.string)
        case "delete": self = .delete(name)
        case "members":
            guard let page = PageRequest(json) else { return nil }
            self = .members(name, page)
        default: return nil
        }
    }

    var need: CommandNeed {
        switch self {
        case .list, .show, .members: .right(.groupsRead)
        case .create, .change, .delete: .right(.groupsWrite)
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
        case .create(let name, let description, let organisation):
            let outcome = try await flows.createGroup(
                name: name, description: description, organisation: organisation, in: realm.name, by: actor)
            switch outcome {
            case .created(let detail): return ControlReply(.done, "Group '\(name)' created.", detail.json)
            case .refused(let refusal): return ControlReply(refusal, name)
            case .notRepeated: throw .repeatedUnasked
            }
        case .list(let page):
            let (groups, hasMore) = try await flows.listGroups(
                in: realm.name, after: page.after ?? "", limit: page.limit)
            return ControlReply(
                page: "groups", groups.map(\.json), next: hasMore ? groups.last?.name : nil,
                table: Table(["GROUP", "DESCRIPTION"], groups.map { [$0.name, $0.description] }), empty: "No groups.")
        case .show(let name):
            guard let detail = try await flows.listGroups.show(name, in: realm.name) else {
                return ControlReply(GroupRefusal.noSuchGroup, name)
            }
            return ControlReply(.done, detail.lines, detail.json)
        case .change(let name, let new, let description):
            let outcome = try await flows.changeGroup(
                name, newName: new, description: description, in: realm.name, by: actor)
            switch outcome {
            case .changed(let detail): return ControlReply(.done, "Group '\(detail.group.name)' changed.", detail.json)
            case .refused(let refusal): return ControlReply(refusal, name)
            }
        case .delete(let name):
            switch try await flows.deleteGroup(name, in: realm.name, by: actor) {
            case .deleted:
                return ControlReply(
                    .done, "Group '\(name)' deleted; that holds from the next request on.", ["name": .string(name)])
            case .refused(let refusal): return ControlReply(refusal, name)
            }
        case .members(let name, let wanted):
            let place = wanted.after.flatMap { MemberPlace($0) }
            let found = try await flows.listGroups.members(
                of: name, in: realm.name, after: place, limit: wanted.limit)
            guard let page = found
            else { return ControlReply(GroupRefusal.noSuchGroup, name) }
            let members = page.members.map { GroupMember($0) }
            return ControlReply(
                page: "members", members.map(\.json), next: page.next?.text,
                table: Table(
                    ["KIND", "NAME", "ID", "UNTIL"], members.map { [$0.kind, $0.name, $0.id, $0.until ?? ""] }),
                empty: "No members.")
        }
    }
}

/// One line of `group members`.
private struct GroupMember {
    let kind: String
    let id: String
    let name: String
    let until: String?

    init(_ entry: AccessEntry) {
        (kind, id) =
            switch entry.holder {
            case .user(let id): ("user", id.text)
            case .key(let id): ("key", id.text)
            case .group(let id): ("group", id.text)
            case .role(let id): ("role", id.text)
            }
        name = entry.holderName
        until = entry.expiresAt?.iso8601
    }

    var json: JSON {
        [
            "kind": .string(kind), "id": .string(id), "name": .string(name),
            "until": until.map { .string($0) } ?? .null,
        ]
    }
}

extension Group {
    fileprivate var json: JSON {
        [
            "id": .string(id.text), "name": .string(name), "description": .string(description),
            "version": .integer(version), "created_at": .string(createdAt.iso8601),
        ]
    }
}

extension GroupDetail {
    fileprivate var json: JSON {
        [
            "group": group.json, "organisation": organisation.map { .string($0) } ?? .null,
            "holds": .array(holds.map { .string($0.words) }),
        ]
    }

    fileprivate var lines: String {
        [
            "id: \(group.id)", "name: \(group.name)", "description: \(TerminalText.escaped(group.description))",
            "created: \(group.createdAt.iso8601)", "organisation: \(organisation ?? "none")",
            "holds: \(holds.isEmpty ? "nothing" : holds.map(\.words).joined(separator: ", "))",
        ].joined(separator: "\n")
    }
}

extension AccessEntry {
    fileprivate var words: String {
        let end = expiresAt.map { " until \($0.iso8601)" } ?? ""
        switch held {
        case .group: return "group \(heldName)\(end)"
        case .role: return "role \(heldName)\(end)"
        case .permission(_, let instance): return "\(heldName)\(instance.map { " on \($0)" } ?? "")\(end)"
        }
    }
}

extension ControlReply {
    fileprivate init(_ refusal: GroupRefusal, _ name: String) {
        func refused(_ sentence: String, _ code: String) -> ControlReply {
            ControlReply(.refused, sentence, ["code": .string(code)])
        }
        switch refusal {
        case .noSuchGroup: self = refused("There is no group '\(name)'.", "no_such_group")
        case .noSuchOrganisation: self = refused("There is no such organisation.", "no_such_organisation")
        case .exists: self = refused("A group of that name already exists.", "exists")
        case .invalid(let problems): self = .invalid(problems)
        case .changedMeanwhile: self = refused("Somebody else changed it just now.", "changed_meanwhile")
        case .aboveOwnRank: self = refused("It stands above your own rank.", "above_own_rank")
        case .notHeld: self = refused("It gives what you do not hold yourself, or not for that long.", "not_held")
        case .lastAdministrator: self = refused("Nobody would be left who administers the realm.", "last_administrator")
        case .tooMany:
            self = refused("An organisation has at most \(Organisation.mostGroups) groups.", "too_many")
        }
    }
}
