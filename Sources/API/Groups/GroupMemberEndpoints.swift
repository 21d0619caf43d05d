internal import Domain
internal import Flows
internal import Storage

/// `GET /api/admin/groups/{name}/members`.
struct GroupMembersEndpoint: Endpoint {
    typealias Refusal = NotThere
    typealias Input = (PathName, GroupMemberPaging)
    let listGroups: ListGroups

    static let sentence = "A group's members: users, API keys and other groups."
    static let input: Intake<Input> = .path(
        PathName.schema("The group's name."), and: .query(GroupMemberPaging.schema), { ($0, $1) })
    static let output = GroupMemberPage.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<GroupMemberPage, NotThere> {
        let page = try await listGroups.members(
            of: input.0.name, in: caller.realm.name, after: input.1.after, limit: input.1.count)
        return page.map { .success(GroupMemberPage($0)) } ?? .refused(.notThere)
    }
}

/// Names a member of a group in a path.
struct GroupMemberPath: Sendable {
    let group: String
    let kind: GroupMemberKind
    let member: String

    static let schema: Schema<GroupMemberPath> = .object(
        GroupMemberPath.init(group:kind:member:),
        Field("name", PathName.text, \.group, "The group's name."),
        Field("kind", .choice(), \.kind, "What the member is."),
        Field(
            "member", .text(bytes: 1...254, example: "01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"), \.member,
            "A user's id, username or e-mail address, a key's id or name, or a group's name."))
}

/// `PUT /api/admin/groups/{name}/members/{kind}/{member}`.
struct AddGroupMemberEndpoint: Endpoint {
    typealias Refusal = GrantRefusal
    typealias Input = (GroupMemberPath, End)
    let changeGrant: ChangeGrant

    struct End: Sendable {
        let until: Timestamp?

        static let schema: Schema<End> = .object(
            End.init(until:),
            Field(optional: "until", .timestamp, \.until, "From then on it is no member; left out for no end."))
    }

    static let sentence = "Makes a user, an API key or another group a member, or changes until when."
    static let input: Intake<Input> = .path(
        GroupMemberPath.schema, and: .optionalJSON(End.schema, absent: End(until: nil)), { ($0, $1) })
    static let output = ChangedReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<ChangedReply, GrantRefusal> {
        let change = GrantChange(
            .group(input.0.group), to: input.0.kind.holder(input.0.member), until: input.1.until)
        switch try await changeGrant(change, isGrant: true, in: caller.realm.name, by: Actor(caller)) {
        case .done(let changed): return .success(ChangedReply(changed, "Member added", otherwise: "Was so already"))
        case .refused(let refusal): return .refused(.flow(refusal))
        }
    }
}

/// `DELETE /api/admin/groups/{name}/members/{kind}/{member}`.
struct RemoveGroupMemberEndpoint: Endpoint {
    typealias Refusal = GrantRefusal
    let changeGrant: ChangeGrant

    static let sentence = "Takes a member out of a group."
    static let input: Intake<GroupMemberPath> = .path(GroupMemberPath.schema)
    static let output = ChangedReply.schema

    func callAsFunction(
        _ input: GroupMemberPath, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<ChangedReply, GrantRefusal> {
        let change = GrantChange(.group(input.group), to: input.kind.holder(input.member))
        switch try await changeGrant(change, isGrant: false, in: caller.realm.name, by: Actor(caller)) {
        case .done(let changed): return .success(ChangedReply(changed, "Member removed", otherwise: "Was no member"))
        case .refused(let refusal): return .refused(.flow(refusal))
        }
    }
}

/// What became of something that may have been so already.
struct ChangedReply: Sendable {
    let message: String
    let changed: Bool

    static let schema: Schema<ChangedReply> = .object(
        ChangedReply.init(message:changed:),
        Field("message", .text(example: "Member added"), \.message, "What happened, for people."),
        Field("changed", .boolean(example: true), \.changed, "False where it was so already.")
    ).named("Changed")

    private init(message: String, changed: Bool) {
        self.message = message
        self.changed = changed
    }

    init(_ changed: Bool, _ message: String, otherwise: String) {
        self.init(message: changed ? message : otherwise, changed: changed)
    }
}
