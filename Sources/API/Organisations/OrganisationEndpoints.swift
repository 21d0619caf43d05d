internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `GET /api/admin/organisations`.
struct ListOrganisationsEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let list: ListOrganisations

    static let sentence = "A realm's organisations, a page at a time."
    static let input: Intake<NamePaging> = .query(NamePaging.schema)
    static let output = OrganisationPage.schema

    func callAsFunction(
        _ input: NamePaging, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<OrganisationPage, NoRefusal> {
        let (found, hasMore) = try await list(in: caller.realm.name, after: input.after ?? "", limit: input.count)
        return .success(
            OrganisationPage(
                organisations: found.map { OrganisationReply(organisation: $0) },
                next: hasMore ? found.last?.name : nil))
    }
}

/// `POST /api/admin/organisations`.
struct CreateOrganisationEndpoint: Endpoint {
    typealias Refusal = CreationProblem<OrganisationRefusal>
    let create: CreateOrganisation

    struct Input: Sendable {
        let name: String
        let title: String

        static let schema: Schema<Input> = .object(
            Input.init(name:title:), Field("name", name, \.name, nameSentence),
            Field("title", title, \.title, "What people read, also in letters: one line."))

        static let name = Schema<String>.text(bytes: 0...256, example: "acme")
        static let title = Schema<String>.text(bytes: 0...1_024, example: "Acme Ltd")
        static let nameSentence =
            "1 to 64 letters, digits, `_`, `-` or `.`, beginning with a letter or digit."
    }

    static let sentence = "Makes an organisation, without members."
    static let status = 201
    static let requestFields = [IdempotencyKey.requestField]
    static let input: Intake<Input> = .json(Input.schema)
    static let output = OrganisationReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<OrganisationReply, Refusal> {
        guard case .request(let request) = caller.repeatable("create_organisation") else {
            return .refused(.notRepeated(.malformed))
        }
        let outcome = try await create(
            name: input.name, title: input.title, in: caller.realm.name, by: Actor(caller), once: request)
        switch outcome {
        case .created(let organisation): return .success(OrganisationReply(organisation: organisation))
        case .refused(let refusal): return .refused(.refused(refusal))
        case .notRepeated(let refusal): return .refused(.notRepeated(RepeatProblem(refusal)))
        }
    }
}

/// `GET /api/admin/organisations/{name}`.
struct ShowOrganisationEndpoint: Endpoint {
    typealias Refusal = NotThere
    let list: ListOrganisations

    static let sentence = "One organisation."
    static let input: Intake<PathName> = .path(PathName.schema("The organisation's name."))
    static let output = OrganisationReply.schema

    func callAsFunction(
        _ input: PathName, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<OrganisationReply, NotThere> {
        guard let found = try await list.show(input.name, in: caller.realm.name) else { return .refused(.notThere) }
        return .success(OrganisationReply(organisation: found))
    }
}

/// `PATCH /api/admin/organisations/{name}`.
struct ChangeOrganisationEndpoint: Endpoint {
    typealias Refusal = OrganisationRefusal
    typealias Input = (PathName, Patch)
    let change: ChangeOrganisation

    struct Patch: Sendable {
        let name: String?
        let title: String?

        static let schema: Schema<Patch> = .object(
            Patch.init(name:title:),
            Field(
                optional: "name", CreateOrganisationEndpoint.Input.name, \.name,
                CreateOrganisationEndpoint.Input.nameSentence),
            Field(
                optional: "title", CreateOrganisationEndpoint.Input.title, \.title,
                "What people read, also in letters: one line."))
    }

    static let sentence = "Changes an organisation's name or title."
    static let requestFields = [ExpectedVersion.field]
    static let input: Intake<Input> = .path(
        PathName.schema("The organisation's name."), and: .json(Patch.schema), { ($0, $1) })
    static let output = OrganisationReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<OrganisationReply, OrganisationRefusal> {
        let outcome = try await change(
            input.0.name, newName: input.1.name, title: input.1.title,
            ifVersion: ExpectedVersion(caller.request.headers).version, in: caller.realm.name, by: Actor(caller))
        switch outcome {
        case .changed(let organisation): return .success(OrganisationReply(organisation: organisation))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// `DELETE /api/admin/organisations/{name}`.
struct DeleteOrganisationEndpoint: Endpoint {
    typealias Refusal = OrganisationRefusal
    let delete: DeleteOrganisation

    static let sentence = "Deletes an organisation with its groups and invitations; its members keep their accounts."
    static let input: Intake<PathName> = .path(PathName.schema("The organisation's name."))
    static let output = MessageReply.schema

    func callAsFunction(
        _ input: PathName, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<MessageReply, OrganisationRefusal> {
        switch try await delete(input.name, in: caller.realm.name, by: Actor(caller)) {
        case .deleted: .success(MessageReply(message: "Organisation deleted"))
        case .refused(let refusal): .refused(refusal)
        }
    }
}

/// `GET /api/auth/organisations`.
struct OwnOrganisationsEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let list: ListOrganisations

    static let sentence = "The organisations that the caller is a member of."
    static let input: Intake<NamePaging> = .query(NamePaging.schema)
    static let output = OwnOrganisationPage.schema

    func callAsFunction(
        _ input: NamePaging, _ caller: Member
    ) async throws(StoreFault) -> Answer<OwnOrganisationPage, NoRefusal> {
        let (found, hasMore) = try await list.of(
            caller.principal.user.id, in: caller.realm.name, after: input.after ?? "", limit: input.count)
        return .success(
            OwnOrganisationPage(
                organisations: found.map {
                    OwnOrganisationReply(name: $0.organisation.name, title: $0.organisation.title, role: $0.role)
                }, next: hasMore ? found.last?.organisation.name : nil))
    }
}

/// `DELETE /api/auth/organisations/{name}`.
struct LeaveOrganisationEndpoint: Endpoint {
    typealias Refusal = OrganisationRefusal
    let changeMember: ChangeMember

    static let sentence = "The caller leaves an organisation, and its groups."
    static let input: Intake<PathName> = .path(PathName.schema("The organisation's name."))
    static let output = MessageReply.schema

    func callAsFunction(
        _ input: PathName, _ caller: Member
    ) async throws(StoreFault) -> Answer<MessageReply, OrganisationRefusal> {
        switch try await changeMember.leave(input.name, in: caller.realm.name, by: Actor(caller)) {
        case .done: .success(MessageReply(message: "You are no member any more"))
        case .refused(let refusal): .refused(refusal)
        }
    }
}

/// `GET /api/organisations/{name}`.
struct ShowOwnOrganisationEndpoint: Endpoint {
    typealias Refusal = NotThere
    let list: ListOrganisations

    static let sentence = "An organisation that the caller is a member of."
    static let input: Intake<PathName> = .path(PathName.schema("The organisation's name."))
    static let output = OwnOrganisationReply.schema

    func callAsFunction(
        _ input: PathName, _ caller: Member
    ) async throws(StoreFault) -> Answer<OwnOrganisationReply, NotThere> {
        let found = try await list.show(input.name, to: caller.principal.user.id, in: caller.realm.name)
        guard let (organisation, role) = found else { return .refused(.notThere) }
        return .success(OwnOrganisationReply(name: organisation.name, title: organisation.title, role: role))
    }
}
