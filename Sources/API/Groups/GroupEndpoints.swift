internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `GET /api/admin/groups`.
struct ListGroupsEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let listGroups: ListGroups

    static let sentence = "A realm's groups, a page at a time."
    static let input: Intake<NamePaging> = .query(NamePaging.schema)
    static let output = GroupPage.schema

    func callAsFunction(
        _ input: NamePaging, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<GroupPage, NoRefusal> {
        let (groups, hasMore) = try await listGroups(
            in: caller.realm.name, after: input.after ?? "", limit: input.count)
        return .success(GroupPage(groups, hasMore: hasMore))
    }
}

/// `POST /api/admin/groups`.
struct CreateGroupEndpoint: Endpoint {
    typealias Refusal = CreationProblem<GroupRefusal>
    let createGroup: CreateGroup

    struct Input: Sendable {
        let name: String
        let description: String?
        let organisation: String?

        static let schema: Schema<Input> = .object(
            Input.init(name:description:organisation:),
            Field(
                "name", .text(bytes: 0...256, example: "support"), \.name,
                "1 to 64 letters, digits, `_`, `-` or `.`, beginning with a letter or digit."),
            Field(
                optional: "description", .text(bytes: 0...1_024, example: "Answers customers"), \.description,
                "What it is for, in at most 256 characters."),
            Field(
                optional: "organisation", .text(bytes: 1...64, example: "acme"), inExample: false, \.organisation,
                "The organisation that it belongs to from now on: only its members can be in it."))
    }

    static let sentence = "Makes a group, which holds nothing yet."
    static let status = 201
    static let requestFields = [IdempotencyKey.requestField]
    static let input: Intake<Input> = .json(Input.schema)
    static let output = GroupDetailReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<GroupDetailReply, Refusal> {
        guard case .request(let request) = caller.repeatable("create_group") else {
            return .refused(.notRepeated(.malformed))
        }
        let outcome = try await createGroup(
            name: input.name, description: input.description ?? "", organisation: input.organisation,
            in: caller.realm.name, by: Actor(caller), once: request)
        switch outcome {
        case .created(let detail): return .success(GroupDetailReply(detail: detail))
        case .refused(let refusal): return .refused(.refused(refusal))
        case .notRepeated(let refusal): return .refused(.notRepeated(RepeatProblem(refusal)))
        }
    }
}

/// `GET /api/admin/groups/{name}`.
struct ShowGroupEndpoint: Endpoint {
    typealias Refusal = NotThere
    let listGroups: ListGroups

    static let sentence = "One group, and what it holds."
    static let input: Intake<PathName> = .path(PathName.schema("The group's name."))
    static let output = GroupDetailReply.schema

    func callAsFunction(
        _ input: PathName, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<GroupDetailReply, NotThere> {
        guard let detail = try await listGroups.show(input.name, in: caller.realm.name) else {
            return .refused(.notThere)
        }
        return .success(GroupDetailReply(detail: detail))
    }
}

/// `PATCH /api/admin/groups/{name}`.
struct ChangeGroupEndpoint: Endpoint {
    typealias Refusal = GroupRefusal
    typealias Input = (PathName, Patch)
    let changeGroup: ChangeGroup

    struct Patch: Sendable {
        let name: String?
        let description: String?

        static let schema: Schema<Patch> = .object(
            Patch.init(name:description:),
            Field(
                optional: "name", .text(bytes: 0...256, example: "support"), \.name,
                "Another one; what tokens say changes with it."),
            Field(
                optional: "description", .text(bytes: 0...1_024, example: "Answers customers"), \.description,
                "What it is for, in at most 256 characters."))
    }

    static let sentence = "Changes what a group is called, or what it is for."
    static let requestFields = [ExpectedVersion.field]
    static let input: Intake<Input> = .path(
        PathName.schema("The group's name."), and: .json(Patch.schema), { ($0, $1) })
    static let output = GroupDetailReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<GroupDetailReply, GroupRefusal> {
        let outcome = try await changeGroup(
            input.0.name, newName: input.1.name, description: input.1.description,
            ifVersion: ExpectedVersion(caller.request.headers).version, in: caller.realm.name, by: Actor(caller))
        switch outcome {
        case .changed(let detail): return .success(GroupDetailReply(detail: detail))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// `DELETE /api/admin/groups/{name}`.
struct DeleteGroupEndpoint: Endpoint {
    typealias Refusal = GroupRefusal
    let deleteGroup: DeleteGroup

    static let sentence = "Deletes a group; what its members held by it they hold no more."
    static let input: Intake<PathName> = .path(PathName.schema("The group's name."))
    static let output = MessageReply.schema

    func callAsFunction(
        _ input: PathName, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<MessageReply, GroupRefusal> {
        switch try await deleteGroup(input.name, in: caller.realm.name, by: Actor(caller)) {
        case .deleted: .success(MessageReply(message: "Group deleted"))
        case .refused(let refusal): .refused(refusal)
        }
    }
}
