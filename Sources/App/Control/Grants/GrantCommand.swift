internal import Domain
public import Flows
internal import Standards
internal import Storage

/// What can be done about who holds what.
public enum GrantCommand: Sendable {
    case change(GrantChange, isGrant: Bool)
    /// For so many seconds from now.
    case give(GrantChange, forSeconds: Int64)
    /// What a user holds, with where each thing comes from.
    case listOfUser(String)
    /// What a role gives.
    case listOfRole(String)
    /// What was given to a key or a group itself.
    case listOf(HolderName)
    /// To whom something was given itself.
    case listHolding(HeldName, PageRequest)
}

extension ControlCommand {
    public static func grant(_ command: GrantCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension GrantCommand: ControlTopic {
    static let name = "grant"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .change(let change, let isGrant):
            return (isGrant ? "add" : "remove", change.members)
        case .give(let change, let seconds):
            return ("add", change.members + [JSON.Member("for_seconds", .integer(seconds))])
        case .listOfUser(let user): return ("list", [JSON.Member("user", .string(user))])
        case .listOfRole(let role): return ("list", [JSON.Member("role", .string(role))])
        case .listOf(let holder): return ("held", [holder.member])
        case .listHolding(let held, let page): return ("holding", held.heldMembers + page.members)
        }
    }

    var need: CommandNeed {
        switch self {
        case .listOfUser, .listOfRole, .listOf, .listHolding: .right(.grantsRead)
        case .change(let change, _), .give(let change, _):
            if case .group = change.held { .right(.groupsWrite) } else { .right(.grantsWrite) }
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
        case "held":
            guard let holder = HolderName(json) else { return nil }
            self = .listOf(holder)
        case "holding":
            guard let held = HeldName(json), let page = PageRequest(json) else { return nil }
            self = .listHolding(held, page)
        case "add", "remove":
            guard let change = GrantChange(json) else { return nil }
            if let seconds = json["for_seconds"]?.integer {
                self = .give(change, forSeconds: seconds)
            } else {
                self = .change(change, isGrant: word == "add")
            }
        default: return nil
        }
    }

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        switch self {
        case .give(let change, let seconds):
            let until = premises.capabilities.now() + .seconds(seconds)
            let timed = GrantChange(change.held, to: change.holder, until: until)
            return try await GrantCommand.change(timed, isGrant: true).perform(in: realm, by: actor, premises)
        case .change(let change, let isGrant):
            switch try await premises.useCases.changeGrant(change, isGrant: isGrant, in: realm.name, by: actor) {
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
        case .listOf(let holder):
            guard let entries = try await premises.useCases.listAccess.entries(of: holder, in: realm.name) else {
                return ControlReply(.refused, "There is no \(holder.sentenceName).", ["code": "no_such_holder"])
            }
            return ControlReply(entries, next: nil, empty: "Nothing was given to it.")
        case .listHolding(let held, let page):
            let found = try await premises.useCases.listAccess.holders(
                of: held, in: realm.name, after: page.after, limit: page.limit)
            guard let found else {
                return ControlReply(.refused, "There is nothing of this name.", ["code": "no_such_thing"])
            }
            return ControlReply(found.entries, next: found.next, empty: "Nobody was given it.")
        }
    }
}

extension GrantChange {
    /// As it travels: what is held, to whom, and until when.
    fileprivate var members: [JSON.Member] {
        held.heldMembers + [holder.member]
            + (until.map { [JSON.Member("until", .string($0.iso8601))] } ?? [])
    }

    /// `nil` unless exactly one thing goes to exactly one holder.
    fileprivate init?(_ json: JSON) {
        guard let held = HeldName(json), let holder = HolderName(json) else { return nil }
        var until: Timestamp?
        if let given = json["until"]?.string {
            guard let time = Timestamp(iso8601: given) else { return nil }
            until = time
        }
        self.init(held, to: holder, until: until)
    }

    /// What was not there, as it was typed.
    fileprivate var names: (held: String, holder: String) {
        let held =
            switch held {
            case .group(let name), .role(let name), .permission(let name, _): name
            }
        let holder =
            switch holder {
            case .user(let name), .key(let name), .group(let name), .role(let name): name
            }
        return (held, holder)
    }
}

extension ControlReply {
    init(_ refusal: ChangeGrant.Refusal, _ change: GrantChange) {
        func refused(_ sentence: String) -> ControlReply {
            ControlReply(.refused, sentence, ["code": .string(refusal.rawValue)])
        }
        let (held, holder) = change.names
        switch refusal {
        case .noSuchUser: self = .noSuchUser(holder)
        case .noSuchRole:
            if case .role = change.held { self = .noSuchRole(held) } else { self = .noSuchRole(holder) }
        case .noSuchPermission: self = .noSuchPermission(held)
        case .noSuchKey: self = refused("There is no API key '\(holder)'.")
        case .noSuchGroup:
            if case .group = change.held {
                self = refused("There is no group '\(held)'.")
            } else {
                self = refused("There is no group '\(holder)'.")
            }
        case .aboveOwnRank: self = refused("It stands above your own rank.")
        case .notHeld: self = refused("You do not hold it yourself, or not for that long.")
        case .cycle: self = refused("'\(holder)' would include itself, by way of '\(held)'.")
        case .lastAdministrator: self = refused("Nobody would be left who administers the realm.")
        case .impossible: self = refused("A role is no member of a group.")
        case .badInstance:
            self = refused(
                "An instance is the permission's resource, '/' and 1 to 128 letters, digits or _-./:@~ in all.")
        case .overAlready: self = refused("It would end before it began.")
        case .notOfOrganisation:
            self = refused("Only members of the organisation, and its own groups, are members of '\(held)'.")
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
