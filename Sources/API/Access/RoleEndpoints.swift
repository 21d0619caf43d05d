internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `GET /api/admin/roles`.
struct ListRolesEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let listAccess: ListAccess

    struct Reply: Sendable { let roles: [RoleReply] }

    static let sentence = "Every role of the realm, with what it gives and how many hold it; sorted by name."
    static let input = Intake.nothing
    static let output: Schema<Reply> = .written(
        Field("roles", .array(RoleReply.schema, count: 0...10_000), \.roles, "Sorted by name."))

    func callAsFunction(_ input: Void, _ caller: Authorized) async throws(StoreFault) -> Answer<Reply, NoRefusal> {
        .success(Reply(roles: try await listAccess.roles(in: caller.realm.name).map { RoleReply($0) }))
    }
}

/// `GET /api/admin/roles/{name}`.
struct ShowRoleEndpoint: Endpoint {
    typealias Refusal = NotThere
    let listAccess: ListAccess

    static let sentence = "One role, with what it gives and how many hold it."
    static let input: Intake<String> = .path(NamePath.schema("The role's name."))
    static let output = RoleReply.schema

    func callAsFunction(_ input: String, _ caller: Authorized) async throws(StoreFault) -> Answer<RoleReply, NotThere> {
        guard let detail = try await listAccess.role(input, in: caller.realm.name) else { return .refused(.notThere) }
        return .success(RoleReply(detail))
    }
}

/// `POST /api/admin/roles`.
struct CreateRoleEndpoint: Endpoint {
    typealias Refusal = CreationProblem<EditProblem>
    let createRole: CreateRole
    let listAccess: ListAccess

    struct Input: Sendable {
        let name: String
        let description: String?
        let rank: Int64?
    }

    static let sentence = "Makes a role that gives nothing yet, of a rank that is not above the caller's own."
    static let status = 201
    static let requestFields = [IdempotencyKey.requestField]
    static let input: Intake<Input> = .json(
        .object(
            Input.init(name:description:rank:),
            Field(
                "name", .text(bytes: 1...64, example: "editor"), \.name,
                "1 to 64 letters, digits, `_`, `-` or `.`, beginning with a letter or digit."),
            Field(
                optional: "description", .text(bytes: 0...1_024, example: "May change articles"), \.description,
                "What it is for, in at most 256 characters."),
            Field(optional: "rank", .integer(Role.ranks, example: 100), \.rank, "0 unless told.")))
    static let output = RoleReply.schema

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<RoleReply, Refusal> {
        guard case .request(let request) = caller.repeatable("create_role") else {
            return .refused(.notRepeated(.malformed))
        }
        let realm = caller.realm.name
        let outcome = try await createRole(
            name: input.name, description: input.description ?? "", rank: input.rank, in: realm, by: Actor(caller),
            once: request)
        switch outcome {
        case .refused(let refusal): return .refused(.refused(EditProblem(refusal)))
        case .notRepeated(let refusal): return .refused(.notRepeated(RepeatProblem(refusal)))
        case .created(let role):
            guard let detail = try await listAccess.role(role.name, in: realm) else {
                return .refused(.notRepeated(.gone))
            }
            return .success(RoleReply(detail))
        }
    }
}

/// `PATCH /api/admin/roles/{name}`.
struct ChangeRoleEndpoint: Endpoint {
    typealias Refusal = EditProblem
    let changeRole: ChangeRole
    let listAccess: ListAccess

    struct Input: Sendable {
        let role: String
        let change: ChangeRole.Input
    }

    static let sentence = "Changes what the body names of a role; what it gives is changed by grants to the role."
    static let requestFields = [ExpectedVersion.field]
    static let input: Intake<Input> = .path(NamePath.schema("The role's name."), and: .json(body)) {
        Input(role: $0, change: $1)
    }
    static let output = RoleReply.schema

    private static let body: Schema<ChangeRole.Input> = .object(
        ChangeRole.Input.init(name:description:rank:),
        Field(optional: "name", .text(bytes: 1...64, example: "author"), \.name, "Another name."),
        Field(
            optional: "description", .text(bytes: 0...1_024, example: "May change articles"), \.description,
            "What it is for, in at most 256 characters."),
        Field(optional: "rank", .integer(Role.ranks, example: 100), \.rank, "Not above the caller's own."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<RoleReply, EditProblem>
    {
        let realm = caller.realm.name
        let outcome = try await changeRole(
            input.role, input.change, ifVersion: SeenVersion(caller.request.headers).version, in: realm,
            by: Actor(caller))
        switch outcome {
        case .refused(let refusal): return .refused(EditProblem(refusal))
        case .done(let role, _):
            guard let detail = try await listAccess.role(role.name, in: realm) else { return .refused(.notThere) }
            return .success(RoleReply(detail))
        }
    }
}

/// `DELETE /api/admin/roles/{name}`.
struct DeleteRoleEndpoint: Endpoint {
    typealias Refusal = EditProblem
    let deleteRole: DeleteRole

    struct Input: Sendable {
        let role: String
        let force: Bool
    }

    struct Reply: Sendable {
        let message: String
        let takenFrom: Int64
    }

    static let sentence = "Deletes a role; where somebody holds it, only with `force`, which takes it from them."
    static let requestFields = [ExpectedVersion.field]
    static let input: Intake<Input> = .path(NamePath.schema("The role's name."), and: .query(query)) {
        Input(role: $0, force: $1 ?? false)
    }
    static let output: Schema<Reply> = .written(
        Field("message", .text(example: "Role deleted"), \.message, "What happened, for people."),
        Field("taken_from", .integer(0...Int64.max, example: 0), \.takenFrom, "How many held it."))

    private static let query: Schema<Bool?> = .object(
        { $0 }, Field(optional: "force", .boolean(example: true), \.self, "`true`: although somebody holds it."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<Reply, EditProblem> {
        let outcome = try await deleteRole(
            input.role, force: input.force, ifVersion: SeenVersion(caller.request.headers).version,
            in: caller.realm.name, by: Actor(caller))
        switch outcome {
        case .deleted(let count): return .success(Reply(message: "Role deleted", takenFrom: count))
        case .inUse(let count): return .refused(.inUse(count))
        case .refused(let refusal): return .refused(EditProblem(refusal))
        }
    }
}
