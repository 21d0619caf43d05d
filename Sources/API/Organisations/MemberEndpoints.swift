internal import Domain
internal import Flows
internal import Storage

/// `GET …/organisations/{name}/members`.
struct OrganisationMembersEndpoint<Caller: OfficeHolder>: Endpoint {
    typealias Refusal = OrganisationRefusal
    typealias Input = (PathName, IDPaging<User>)
    let list: ListOrganisations

    static var sentence: String { "An organisation's members." }
    static var input: Intake<Input> {
        .path(PathName.schema("The organisation's name."), and: .query(IDPaging<User>.schema), { ($0, $1) })
    }
    static var output: Schema<OrganisationMemberPage> { OrganisationMemberPage.schema }

    func callAsFunction(
        _ input: Input, _ caller: Caller
    ) async throws(StoreFault) -> Answer<OrganisationMemberPage, OrganisationRefusal> {
        let outcome = try await list.members(
            of: input.0.name, as: caller.office, in: caller.realm.name, after: input.1.after, limit: input.1.count)
        switch outcome {
        case .found(let page): return .success(OrganisationMemberPage(page))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// Names a member in a path.
struct OrganisationMemberPath: Sendable {
    let organisation: String
    let user: ID<User>

    static let schema: Schema<OrganisationMemberPath> = .object(
        OrganisationMemberPath.init(organisation:user:),
        Field("name", PathName.text, \.organisation, "The organisation's name."),
        Field("user", .identifier(), \.user, "The user's id."))
}

/// `PUT …/organisations/{name}/members/{user}`.
struct ChangeMemberEndpoint<Caller: OfficeHolder>: Endpoint {
    typealias Refusal = OrganisationRefusal
    typealias Input = (OrganisationMemberPath, Organisation.Role)
    let changeMember: ChangeMember

    static var sentence: String {
        "Changes what a member is in the organisation; a realm's administrators make somebody a member with it."
    }
    static var input: Intake<Input> {
        .path(
            OrganisationMemberPath.schema,
            and: .json(.object({ $0 }, Field("role", .choice(), { $0 }, "What they are from now on."))), { ($0, $1) })
    }
    static var output: Schema<ChangedReply> { ChangedReply.schema }

    func callAsFunction(
        _ input: Input, _ caller: Caller
    ) async throws(StoreFault) -> Answer<ChangedReply, OrganisationRefusal> {
        let outcome = try await changeMember(
            input.1, user: input.0.user.text, organisation: input.0.organisation, in: caller.realm.name,
            as: caller.office)
        switch outcome {
        case .done(let changed): return .success(ChangedReply(changed, "Member changed", otherwise: "Was so already"))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// `DELETE …/organisations/{name}/members/{user}`.
struct RemoveMemberEndpoint<Caller: OfficeHolder>: Endpoint {
    typealias Refusal = OrganisationRefusal
    let changeMember: ChangeMember

    static var sentence: String { "Takes a member out of an organisation, and out of its groups." }
    static var input: Intake<OrganisationMemberPath> { .path(OrganisationMemberPath.schema) }
    static var output: Schema<MessageReply> { MessageReply.schema }

    func callAsFunction(
        _ input: OrganisationMemberPath, _ caller: Caller
    ) async throws(StoreFault) -> Answer<MessageReply, OrganisationRefusal> {
        let outcome = try await changeMember(
            nil, user: input.user.text, organisation: input.organisation, in: caller.realm.name, as: caller.office)
        switch outcome {
        case .done: return .success(MessageReply(message: "Member removed"))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// `GET …/organisations/{name}/groups`.
struct OrganisationGroupsEndpoint<Caller: OfficeHolder>: Endpoint {
    typealias Refusal = OrganisationRefusal
    let list: ListOrganisations

    static var sentence: String { "The groups that belong to an organisation." }
    static var input: Intake<PathName> { .path(PathName.schema("The organisation's name.")) }
    static var output: Schema<OrganisationGroups> { OrganisationGroups.schema }

    func callAsFunction(
        _ input: PathName, _ caller: Caller
    ) async throws(StoreFault) -> Answer<OrganisationGroups, OrganisationRefusal> {
        switch try await list.groups(of: input.name, as: caller.office, in: caller.realm.name) {
        case .found(let groups): .success(OrganisationGroups(groups: groups.map { GroupReply(group: $0) }))
        case .refused(let refusal): .refused(refusal)
        }
    }
}
