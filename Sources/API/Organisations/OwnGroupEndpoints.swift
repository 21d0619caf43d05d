internal import Domain
internal import Flows
internal import Storage

/// Names one of an organisation's groups in a path.
struct OwnGroupPath: Sendable {
    let organisation: String
    let group: String

    static let schema: Schema<OwnGroupPath> = .object(
        OwnGroupPath.init(organisation:group:),
        Field("name", PathName.text, \.organisation, "The organisation's name."),
        Field("group", PathName.text, \.group, "The group's name."))
}

/// `GET /api/organisations/{name}/groups/{group}/members`.
struct OwnGroupMembersEndpoint: Endpoint {
    typealias Refusal = OrganisationRefusal
    typealias Input = (OwnGroupPath, GroupMemberPaging)
    let list: ListOrganisations

    static let sentence = "Who is in one of the organisation's groups."
    static let input: Intake<Input> = .path(
        OwnGroupPath.schema, and: .query(GroupMemberPaging.schema), { ($0, $1) })
    static let output = GroupMemberPage.schema

    func callAsFunction(
        _ input: Input, _ caller: Member
    ) async throws(StoreFault) -> Answer<GroupMemberPage, OrganisationRefusal> {
        let outcome = try await list.members(
            ofGroup: input.0.group, of: input.0.organisation, as: caller.office, in: caller.realm.name,
            after: input.1.after, limit: input.1.count)
        switch outcome {
        case .found(let page): return .success(GroupMemberPage(page))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// Names a member of one of an organisation's groups in a path.
struct OwnGroupMemberPath: Sendable {
    let organisation: String
    let group: String
    let user: ID<User>

    static let schema: Schema<OwnGroupMemberPath> = .object(
        OwnGroupMemberPath.init(organisation:group:user:),
        Field("name", PathName.text, \.organisation, "The organisation's name."),
        Field("group", PathName.text, \.group, "The group's name."),
        Field("user", .identifier(), \.user, "The member's id."))
}

/// `PUT /api/organisations/{name}/groups/{group}/members/{user}`.
struct AddToOwnGroupEndpoint: Endpoint {
    typealias Refusal = OrganisationRefusal
    let changeOwnGroup: ChangeOwnGroup

    static let sentence = "Puts a member of the organisation into one of its groups."
    static let input: Intake<OwnGroupMemberPath> = .path(OwnGroupMemberPath.schema)
    static let output = ChangedReply.schema

    func callAsFunction(
        _ input: OwnGroupMemberPath, _ caller: Member
    ) async throws(StoreFault) -> Answer<ChangedReply, OrganisationRefusal> {
        let outcome = try await changeOwnGroup(
            user: input.user, group: input.group, isMember: true, organisation: input.organisation,
            in: caller.realm.name, by: Actor(caller))
        switch outcome {
        case .done(let changed): return .success(ChangedReply(changed, "Member added", otherwise: "Was so already"))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// `DELETE /api/organisations/{name}/groups/{group}/members/{user}`.
struct TakeFromOwnGroupEndpoint: Endpoint {
    typealias Refusal = OrganisationRefusal
    let changeOwnGroup: ChangeOwnGroup

    static let sentence = "Takes a member out of one of the organisation's groups."
    static let input: Intake<OwnGroupMemberPath> = .path(OwnGroupMemberPath.schema)
    static let output = ChangedReply.schema

    func callAsFunction(
        _ input: OwnGroupMemberPath, _ caller: Member
    ) async throws(StoreFault) -> Answer<ChangedReply, OrganisationRefusal> {
        let outcome = try await changeOwnGroup(
            user: input.user, group: input.group, isMember: false, organisation: input.organisation,
            in: caller.realm.name, by: Actor(caller))
        switch outcome {
        case .done(let changed): return .success(ChangedReply(changed, "Member removed", otherwise: "Was no member"))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}
