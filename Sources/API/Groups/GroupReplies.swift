internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// A group in a list.
struct GroupReply: Sendable {
    let group: Group

    static let schema: Schema<GroupReply> = .written(
        Field("id", .identifier(), \.group.id, "Never changes."),
        Field("name", .text(characters: 1...64, example: "support"), \.group.name, "What tokens and headers say."),
        Field("description", .text(example: "Answers customers"), \.group.description, "What it is for."),
        Field("version", .integer(1...Int64.max, example: 1), \.group.version, "The entity tag is this in quotes."),
        Field("created_at", .timestamp, \.group.createdAt, "When it was made.")
    ).named("Group")
}

/// One group, and what it holds.
struct GroupDetailReply: EntityTagged, Sendable {
    let detail: GroupDetail

    static let schema: Schema<GroupDetailReply> = .written(
        Field("group", GroupReply.schema, { GroupReply(group: $0.detail.group) }, "Which one it is."),
        Field(
            "organisation", .nullable(.text(characters: 1...64, example: "acme")), \.detail.organisation,
            "The organisation that it belongs to; null for none."),
        Field(
            "holds", .array(HeldReply.schema, count: 0...10_000), { $0.detail.holds.map { HeldReply(entry: $0) } },
            "What was given to the group itself; its members hold it."))

    var tag: String { "\"\(detail.group.version)\"" }
}

/// One thing that a group holds.
struct HeldReply: Sendable {
    let entry: AccessEntry

    enum Kind: String, CaseIterable, Sendable { case group, role, permission }

    static let schema: Schema<HeldReply> = .written(
        Field("kind", .choice(), \.kind, "`group` is membership of another one."),
        Field("name", .text(example: "messages:read"), \.entry.heldName, "A name, or `resource:action`."),
        Field(
            "instance", .nullable(.text(example: "messages/42")), \.instance,
            "The one thing that is meant; null for all."
        ),
        Field("until", .nullable(.timestamp), \.entry.expiresAt, "From then on it is not held; null for no end."))

    private var kind: Kind {
        switch entry.held {
        case .group: .group
        case .role: .role
        case .permission: .permission
        }
    }

    private var instance: String? {
        if case .permission(_, let instance) = entry.held { instance } else { nil }
    }
}

/// A page of groups.
struct GroupPage: Sendable {
    let groups: [GroupReply]
    let next: String?

    static let schema: Schema<GroupPage> = .written(
        Field("groups", .array(GroupReply.schema, count: 0...200), \.groups, "Sorted by name."),
        Field(
            "next", .nullable(.text(example: "support")), \.next, "Where the next page begins; null at the end."))

    init(_ groups: [Group], hasMore: Bool) {
        self.groups = groups.map { GroupReply(group: $0) }
        next = hasMore ? groups.last?.name : nil
    }
}

/// Which page of a list that is sorted by name.
struct NamePaging: Sendable {
    let limit: Int64?
    let after: String?

    static let schema: Schema<NamePaging> = .object(
        NamePaging.init(limit:after:),
        Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many; 50 unless told."),
        Field(
            optional: "after", .text(bytes: 1...64, example: "support"), \.after,
            "The member `next` of the page before."))

    var count: Int { Int(limit ?? 50) }
}

/// Names something in a path.
struct PathName: Sendable {
    let name: String

    static func schema(_ sentence: String) -> Schema<PathName> {
        .object(PathName.init(name:), Field("name", text, \.name, sentence))
    }

    static let text = Schema<String>.text(bytes: 1...64, example: "support")
}

/// What a member of a group is.
enum GroupMemberKind: String, CaseIterable, Sendable {
    case user, key, group

    init?(_ holder: AccessHolder) {
        switch holder {
        case .user: self = .user
        case .key: self = .key
        case .group: self = .group
        case .role: return nil
        }
    }

    func holder(_ name: String) -> HolderName {
        switch self {
        case .user: .user(name)
        case .key: .key(name)
        case .group: .group(name)
        }
    }
}

/// A member of a group.
struct GroupMemberReply: Sendable {
    let kind: GroupMemberKind
    let id: String
    let name: String
    let until: Timestamp?

    static let schema: Schema<GroupMemberReply> = .written(
        Field("kind", .choice(), \.kind, "What it is."),
        Field("id", .text(example: "01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"), \.id, "Never changes."),
        Field("name", .text(example: "ana"), \.name, "What it is called."),
        Field("until", .nullable(.timestamp), \.until, "From then on it is no member; null for no end.")
    ).named("GroupMember")

    init?(_ entry: AccessEntry) {
        guard let kind = GroupMemberKind(entry.holder) else { return nil }
        self.kind = kind
        id =
            switch entry.holder {
            case .user(let id): id.text
            case .key(let id): id.text
            case .group(let id): id.text
            case .role(let id): id.text
            }
        name = entry.holderName
        until = entry.expiresAt
    }
}

/// A page of them.
struct GroupMemberPage: Sendable {
    let members: [GroupMemberReply]
    let next: String?

    static let schema: Schema<GroupMemberPage> = .written(
        Field(
            "members", .array(GroupMemberReply.schema, count: 0...200), \.members,
            "In the order of their ids; those whose membership is over included, until it is swept away."),
        Field(
            "next", .nullable(.text(example: "user:01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f")), \.next,
            "Where the next page begins; null at the end."))

    init(_ page: ListGroups.Members) {
        members = page.members.compactMap { GroupMemberReply($0) }
        next = page.next?.text
    }
}

/// Which page of a group's members.
struct GroupMemberPaging: Sendable {
    let limit: Int64?
    let after: MemberPlace?

    static let schema: Schema<GroupMemberPaging> = .object(
        GroupMemberPaging.init(limit:after:),
        Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many; 50 unless told."),
        Field(optional: "after", place, \.after, "The member `next` of the page before."))

    private static let place = Schema<MemberPlace>(
        .pattern(
            "^(user|key|group):[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
            example: "user:01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f")
    ) { json, path, problems in
        guard case .string(let text) = json, let place = MemberPlace(text) else {
            return problems.add(path, .wrongType("a value of `next`"))
        }
        return place
    } write: { value, output in
        output.string(value.text)
    }

    var count: Int { Int(limit ?? 50) }
}
