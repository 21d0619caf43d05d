internal import Domain
internal import Flows
internal import Storage

/// One grant as clients write it, in a body or in a query: what is held, by whom, and until when.
struct GrantFields: Sendable {
    let role: String?
    let permission: String?
    let group: String?
    let instance: String?
    let toUser: String?
    let toKey: String?
    let toGroup: String?
    let toRole: String?
    let until: Timestamp?

    static let schema: Schema<GrantFields> = .object(
        GrantFields.init(role:permission:group:instance:toUser:toKey:toGroup:toRole:until:),
        Field(
            optional: "role", .text(bytes: 1...64, example: "editor"), \.role,
            "The role that is given; to a role, which then includes it. One of `role`, `permission` and `group`."),
        Field(
            optional: "permission", .text(bytes: 1...129, example: "messages:read"), inExample: false, \.permission,
            "The permission, as `resource:action` or by its name."),
        Field(
            optional: "group", .text(bytes: 1...64, example: "staff"), inExample: false, \.group,
            "The group that the holder becomes a member of."),
        Field(
            optional: "instance", .text(bytes: 1...128, example: "messages/42"), inExample: false, \.instance,
            "The one thing that a permission is given for, such as `messages/42`; left out for all of them."),
        Field(
            optional: "to_user", .text(bytes: 1...320, example: "ana"), \.toUser,
            "An id, a username or an e-mail address. One of `to_user`, `to_key`, `to_group` and `to_role`."),
        Field(
            optional: "to_key", .text(bytes: 1...64, example: "nightly-backup"), inExample: false, \.toKey,
            "An API key's id or name."),
        Field(optional: "to_group", .text(bytes: 1...64, example: "staff"), inExample: false, \.toGroup, "A group."),
        Field(optional: "to_role", .text(bytes: 1...64, example: "editor"), inExample: false, \.toRole, "A role."),
        Field(
            optional: "until", .timestamp, inExample: false, \.until,
            "From when on it is as if it had not been given; left out for good."))

    /// `nil` unless exactly one thing goes to exactly one holder.
    var change: GrantChange? {
        guard let held, let holder else { return nil }
        return GrantChange(held, to: holder, until: until)
    }

    private var held: HeldName? {
        switch (role, permission, group, instance) {
        case (let name?, nil, nil, nil): .role(name)
        case (nil, let name?, nil, let instance): .permission(name, instance: instance)
        case (nil, nil, let name?, nil): .group(name)
        default: nil
        }
    }

    private var holder: HolderName? {
        switch (toUser, toKey, toGroup, toRole) {
        case (let name?, nil, nil, nil): .user(name)
        case (nil, let name?, nil, nil): .key(name)
        case (nil, nil, let name?, nil): .group(name)
        case (nil, nil, nil, let name?): .role(name)
        default: nil
        }
    }

    static let unclear = [
        FieldProblem(
            field: "body", code: "not_one",
            message: "one of role, permission and group goes to one of to_user, to_key, to_group and to_role")
    ]
}

/// Why a grant was not changed.
enum GrantRefusal: ClientError {
    case flow(ChangeGrant.Refusal)
    case unclear

    init(_ refusal: ChangeGrant.Refusal) { self = .flow(refusal) }

    static var allCases: [Self] { [.unclear] + ChangeGrant.Refusal.allCases.map(Self.flow) }

    var problem: Problem {
        switch self {
        case .unclear: .validation(GrantFields.unclear)
        case .flow(.noSuchUser): Self.missing(.noSuchUser, "user")
        case .flow(.noSuchKey): Self.missing(.noSuchKey, "API key")
        case .flow(.noSuchGroup): Self.missing(.noSuchGroup, "group")
        case .flow(.noSuchRole): Self.missing(.noSuchRole, "role")
        case .flow(.noSuchPermission): Self.missing(.noSuchPermission, "permission")
        case .flow(.aboveOwnRank): .aboveOwnRank
        case .flow(.notHeld): .notHeld
        case .flow(.lastAdministrator): .lastAdministrator
        case .flow(.cycle):
            Problem(status: 409, code: "cycle", message: "It would come to include itself")
        case .flow(.impossible):
            Problem(status: 409, code: "impossible", message: "A role is no member of a group")
        case .flow(.notOfOrganisation):
            Problem(
                status: 409, code: ChangeGrant.Refusal.notOfOrganisation.rawValue,
                message: "Only members of its organisation are members of the group")
        case .flow(.badInstance):
            .validation([
                FieldProblem(
                    field: "instance", code: "bad_instance",
                    message: "must be the permission's resource, '/', and letters, digits or _-./:@~")
            ])
        case .flow(.overAlready):
            .validation([FieldProblem(field: "until", code: "over_already", message: "must be in the future")])
        }
    }

    private static func missing(_ refusal: ChangeGrant.Refusal, _ what: String) -> Problem {
        Problem(status: 404, code: refusal.rawValue, message: "There is no such \(what)")
    }
}

/// One grant as lists show it.
struct GrantReply: Sendable {
    let entry: AccessEntry

    static let schema: Schema<GrantReply> = .written(
        Field("holder_kind", .text(example: "user"), \.entry.holder.word, "`user`, `key`, `group` or `role`."),
        Field(
            "holder_id", .text(example: "01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"), \.entry.holder.idText,
            "Who holds it."),
        Field("holder", .text(example: "ana"), \.entry.holderName, "The holder's name."),
        Field("kind", .text(example: "permission"), \.entry.held.word, "`group`, `role` or `permission`."),
        Field("name", .text(example: "messages:read"), \.entry.heldName, "What is held."),
        Field(
            "instance", .nullable(.text(example: "messages/42")), \.entry.held.instanceText,
            "The one thing that it is held of; null for all."),
        Field("until", .nullable(.timestamp), \.entry.expiresAt, "When it ends or ended by itself; null for never.")
    ).named("Grant")
}

extension AccessHolder {
    fileprivate var word: String {
        switch self {
        case .user: "user"
        case .key: "key"
        case .group: "group"
        case .role: "role"
        }
    }

    fileprivate var idText: String {
        switch self {
        case .user(let id): id.text
        case .key(let id): id.text
        case .group(let id): id.text
        case .role(let id): id.text
        }
    }
}

extension AccessHeld {
    fileprivate var word: String {
        switch self {
        case .group: "group"
        case .role: "role"
        case .permission: "permission"
        }
    }

    fileprivate var instanceText: String? { if case .permission(_, let instance) = self { instance } else { nil } }
}

/// A page of grants.
struct GrantPage: Sendable {
    let entries: [AccessEntry]
    let next: String?

    static let schema: Schema<GrantPage> = .written(
        Field(
            "grants", .array(GrantReply.schema, count: 0...10_000), { $0.entries.map { GrantReply(entry: $0) } },
            "Those that are over too, until they are removed after 30 days."),
        Field(
            "next", .nullable(.text(example: "u01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f")), \.next,
            "Where the next page begins; null at the end."))
}
