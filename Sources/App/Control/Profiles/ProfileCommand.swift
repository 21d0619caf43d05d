internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about people's attributes.
public enum ProfileCommand: Sendable {
    case show(user: String, isRevealed: Bool)
    /// `set` as typed: `name=value`.
    case change(user: String, set: [String], unset: [String], isRevealed: Bool)
    /// Who has a value that only one person can have; as typed, with what it is unique with behind it.
    case find([String])
    /// How far the profiles of the realm follow its rules.
    case status
    /// Goes over some of those that do not, and says how many are left.
    case settle
}

extension ControlCommand {
    public static func profile(_ command: ProfileCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension ProfileCommand: ControlTopic {
    static let name = "profile"

    var wire: (word: String, members: [JSON.Member]) {
        func texts(_ list: [String]) -> JSON { .array(list.map { .string($0) }) }
        switch self {
        case .show(let user, let isRevealed):
            return ("show", [JSON.Member("user", .string(user)), JSON.Member("reveal", .bool(isRevealed))])
        case .change(let user, let set, let unset, let isRevealed):
            return (
                "change",
                [
                    JSON.Member("user", .string(user)), JSON.Member("set", texts(set)),
                    JSON.Member("unset", texts(unset)), JSON.Member("reveal", .bool(isRevealed)),
                ]
            )
        case .find(let values): return ("find", [JSON.Member("values", texts(values))])
        case .status: return ("status", [])
        case .settle: return ("settle", [])
        }
    }

    var need: CommandNeed {
        switch self {
        case .show, .find: .permission(.profilesRead)
        case .change: .permission(.profilesWrite)
        case .status: .right(.usersRead)
        case .settle: .right(.usersUpdate)
        }
    }

    init?(word: String, _ json: JSON) {
        func texts(_ name: String) -> [String]? { json[name]?.array.map { $0.compactMap(\.string) } }
        switch word {
        case "show":
            guard let user = json["user"]?.string, let isRevealed = json["reveal"]?.bool else { return nil }
            self = .show(user: user, isRevealed: isRevealed)
        case "change":
            guard let user = json["user"]?.string, let set = texts("set"), let unset = texts("unset"),
                let isRevealed = json["reveal"]?.bool
            else { return nil }
            self = .change(user: user, set: set, unset: unset, isRevealed: isRevealed)
        case "find":
            guard let values = texts("values"), (1...2).contains(values.count) else { return nil }
            self = .find(values)
        case "status": self = .status
        case "settle": self = .settle
        default: return nil
        }
    }

    /// How many profiles one command goes over, so that whoever waits sees it advance.
    private static let slice = 1_024

    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let profiles = premises.useCases.profiles
        let editor = ProfileEditor(administering: actor)
        switch self {
        case .show(let user, let isRevealed):
            guard let profile = try await profiles.read(of: user, in: realm, by: editor) else {
                return .noSuchUser(user)
            }
            return ControlReply(profile, "", isRevealed: isRevealed)
        case .change(let user, let set, let unset, let isRevealed):
            let patch: JSON = ["attributes": realm.rules.profile.json(typed: set, removing: unset)]
            switch try await profiles.change(
                patch["attributes"] ?? .null, of: user, in: realm, by: editor)
            {
            case .done(let profile, let changed):
                return ControlReply(profile, changed ? "Changed." : "Nothing to change.", isRevealed: isRevealed)
            case .refused(let refusal): return ControlReply(refusal, user)
            }
        case .find(let typed):
            let values = realm.rules.profile.json(typed: typed).members ?? []
            guard let first = values.first else { return .nobodyFound }
            let other = values.count > 1 ? values[1].value : nil
            switch try await profiles.find(first.name, first.value, with: other, in: realm, by: editor) {
            case .found(let user): return ControlReply(found: user)
            case .nobody: return .nobodyFound
            case .invalid(let problems): return .invalid(problems)
            }
        case .status: return ControlReply(try await profiles.settle.counts(realm), realm)
        case .settle:
            _ = try await profiles.settle(realm, atMost: Self.slice)
            return ControlReply(try await profiles.settle.counts(realm), realm)
        }
    }
}

extension ControlReply {
    /// Masked values stay masked unless somebody asks for them: what a terminal shows may stand in its history.
    fileprivate init(_ profile: Profile, _ sentence: String, isRevealed: Bool) {
        func shown(_ entry: Profile.Entry) -> JSON {
            entry.attribute.isMasked && !isRevealed ? .string(entry.masked) : entry.json
        }
        let head = sentence.isEmpty ? [] : [sentence]
        let lines =
            ["user: \(profile.user.username) (\(profile.user.number))", "version: \(profile.version)"]
            + profile.entries.map { "\($0.attribute.name): \(shown($0).string ?? shown($0).text)" }
            + (profile.missing.isEmpty ? [] : ["missing: \(profile.missing.joined(separator: ", "))"])
            + profile.misfits.map { "needs attention: \($0.field) \($0.message)" }
        self.init(
            .done, (head + lines).joined(separator: "\n"),
            [
                "user": .string(profile.user.id.text), "number": .integer(profile.user.number),
                "version": .integer(profile.version), "state": .string(profile.state.rawValue),
                "attributes": .object(profile.entries.map { JSON.Member($0.attribute.name, shown($0)) }),
                "missing": .array(profile.missing.map { .string($0) }),
                "problems": .array(
                    profile.misfits.map { ["field": .string($0.field), "code": .string($0.code)] }),
            ])
    }

    fileprivate static let nobodyFound = ControlReply(.refused, "Nobody has that value.", ["code": "no_such_user"])

    fileprivate init(found user: User) {
        let lines = [
            "id: \(user.id)", "number: \(user.number)", "username: \(user.username)", "email: \(user.email)",
            "active: \(user.isActive ? "yes" : "no")",
        ]
        self.init(
            .done, lines.joined(separator: "\n"),
            [
                "id": .string(user.id.text), "number": .integer(user.number),
                "username": .string(user.username.text), "email": .string(user.email.text),
                "active": .bool(user.isActive),
            ])
    }

    fileprivate init(_ refusal: ChangeProfile.Refusal, _ user: String) {
        switch refusal {
        case .noSuchUser: self = .noSuchUser(user)
        case .aboveOwnRank([]): self.init(DeedRefusal.aboveOwnRank)
        case .lastAdministrator: self.init(DeedRefusal.lastAdministrator)
        case .invalid(let problems), .taken(let problems), .aboveOwnRank(let problems): self = .invalid(problems)
        // Of people's own changes only.
        case .throttled: self.init(.refused, "Too many changes.", ["code": "too_many_requests"])
        case .changedMeanwhile:
            self.init(.refused, "Somebody else has changed the profile.", ["code": "changed_meanwhile"])
        }
    }

    fileprivate init(_ counts: ProfileCounts, _ realm: Realm) {
        let lines = [
            "realm: \(realm.name)", "profiles: \(counts.total)", "complete: \(counts.complete)",
            "incomplete: \(counts.incomplete)", "need attention: \(counts.needsAttention)",
            "not gone over yet: \(counts.waiting)",
        ]
        self.init(
            .done, lines.joined(separator: "\n"),
            [
                "realm": .string(realm.name.text), "profiles": .integer(counts.total),
                "complete": .integer(counts.complete), "incomplete": .integer(counts.incomplete),
                "needs_attention": .integer(counts.needsAttention), "waiting": .integer(counts.waiting),
            ])
    }

    /// How many profiles have not been gone over, where the reply says so.
    public var waitingProfiles: Int64? { result["waiting"]?.integer }
}
