internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `GET /api/admin/permissions`.
struct ListPermissionsEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let listAccess: ListAccess

    struct Reply: Sendable { let permissions: [PermissionReply] }

    static let sentence = "Every permission of the realm, or of one resource; sorted by resource and action."
    static let input: Intake<String?> = .query(
        .object(
            { $0 },
            Field(
                optional: "resource", .text(bytes: 1...64, example: "messages"), \.self,
                "Only those about this resource.")))
    static let output: Schema<Reply> = .written(
        Field("permissions", .array(PermissionReply.schema, count: 0...100_000), \.permissions, "In that order."))

    func callAsFunction(_ input: String?, _ caller: Authorized) async throws(StoreFault) -> Answer<Reply, NoRefusal> {
        let found = try await listAccess.permissions(in: caller.realm.name, resource: input)
        return .success(Reply(permissions: found.map { PermissionReply(permission: $0) }))
    }
}

/// `GET /api/admin/permissions/{name}`.
struct ShowPermissionEndpoint: Endpoint {
    typealias Refusal = NotThere
    let listAccess: ListAccess

    static let sentence = "One permission."
    static let input: Intake<String> = .path(NamePath.schema("Its name, its pair or its id."))
    static let output = PermissionReply.schema

    func callAsFunction(
        _ input: String, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<PermissionReply, NotThere> {
        guard let found = try await listAccess.permission(input, in: caller.realm.name) else {
            return .refused(.notThere)
        }
        return .success(PermissionReply(permission: found))
    }
}

/// `POST /api/admin/permissions`.
struct CreatePermissionEndpoint: Endpoint {
    typealias Refusal = CreationProblem<EditProblem>
    let createPermission: CreatePermission

    struct Input: Sendable {
        let resource: String
        let action: String
        let name: String?
        let description: String?
    }

    static let sentence =
        "Makes a permission, which nobody holds yet. Either part may be `*`; what administration is made of exists."
    static let status = 201
    static let requestFields = [IdempotencyKey.requestField]
    static let input: Intake<Input> = .json(
        .object(
            Input.init(resource:action:name:description:),
            Field("resource", .text(bytes: 1...64, example: "messages"), \.resource, "What it is about, or `*`."),
            Field("action", .text(bytes: 1...64, example: "read"), \.action, "What may be done, or `*`."),
            Field(
                optional: "name", .text(bytes: 1...129, example: "read-mail"), inExample: false, \.name,
                "Another name for it than `resource:action`."),
            Field(
                optional: "description", .text(bytes: 0...1_024, example: "May read messages"), \.description,
                "What it is for, in at most 256 characters.")))
    static let output = PermissionReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<PermissionReply, Refusal> {
        guard case .request(let request) = caller.repeatable("create_permission") else {
            return .refused(.notRepeated(.malformed))
        }
        let outcome = try await createPermission(
            resource: input.resource, action: input.action, name: input.name, description: input.description ?? "",
            in: caller.realm.name, by: Actor(caller), once: request)
        switch outcome {
        case .created(let permission): return .success(PermissionReply(permission: permission))
        case .refused(let refusal): return .refused(.refused(EditProblem(refusal)))
        case .notRepeated(let refusal): return .refused(.notRepeated(RepeatProblem(refusal)))
        }
    }
}

/// `PATCH /api/admin/permissions/{name}`.
struct ChangePermissionEndpoint: Endpoint {
    typealias Refusal = EditProblem
    let changePermission: ChangePermission

    struct Input: Sendable {
        let permission: String
        let change: ChangePermission.Input
    }

    static let sentence = "Changes a permission's name or description; its pair never changes."
    static let requestFields = [ExpectedVersion.field]
    static let input: Intake<Input> = .path(NamePath.schema("Its name, its pair or its id."), and: .json(body)) {
        Input(permission: $0, change: $1)
    }
    static let output = PermissionReply.schema

    private static let body: Schema<ChangePermission.Input> = .object(
        ChangePermission.Input.init(name:description:),
        Field(optional: "name", .text(bytes: 1...129, example: "read-mail"), \.name, "Another name."),
        Field(
            optional: "description", .text(bytes: 0...1_024, example: "May read messages"), \.description,
            "What it is for, in at most 256 characters."))

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<PermissionReply, EditProblem> {
        let outcome = try await changePermission(
            input.permission, input.change, ifVersion: SeenVersion(caller.request.headers).version,
            in: caller.realm.name, by: Actor(caller))
        switch outcome {
        case .done(let permission, _): return .success(PermissionReply(permission: permission))
        case .refused(let refusal): return .refused(EditProblem(refusal))
        }
    }
}

/// `DELETE /api/admin/permissions/{name}`.
struct DeletePermissionEndpoint: Endpoint {
    typealias Refusal = EditProblem
    let deletePermission: DeletePermission

    struct Reply: Sendable { let message: String }

    static let sentence = "Deletes a permission, and takes it from everybody who holds it."
    static let requestFields = [ExpectedVersion.field]
    static let input: Intake<String> = .path(NamePath.schema("Its name, its pair or its id."))
    static let output: Schema<Reply> = .written(
        Field("message", .text(example: "Permission deleted"), \.message, "What happened, for people."))

    func callAsFunction(_ input: String, _ caller: Authorized) async throws(StoreFault) -> Answer<Reply, EditProblem> {
        let outcome = try await deletePermission(
            input, ifVersion: SeenVersion(caller.request.headers).version, in: caller.realm.name, by: Actor(caller))
        switch outcome {
        case .deleted: return .success(Reply(message: "Permission deleted"))
        case .refused(let refusal): return .refused(EditProblem(refusal))
        }
    }
}
