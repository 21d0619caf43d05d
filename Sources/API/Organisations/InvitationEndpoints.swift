internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `GET …/organisations/{name}/invitations`.
struct InvitationsEndpoint<Caller: OfficeHolder>: Endpoint {
    typealias Refusal = OrganisationRefusal
    typealias Input = (PathName, IDPaging<OrganisationInvitation>)
    let listInvitations: ListInvitations

    static var sentence: String { "Invitations into an organisation that wait to be taken up." }
    static var input: Intake<Input> {
        .path(
            PathName.schema("The organisation's name."), and: .query(IDPaging<OrganisationInvitation>.schema),
            { ($0, $1) })
    }
    static var output: Schema<InvitationPage> { InvitationPage.schema }

    func callAsFunction(
        _ input: Input, _ caller: Caller
    ) async throws(StoreFault) -> Answer<InvitationPage, OrganisationRefusal> {
        let outcome = try await listInvitations(
            of: input.0.name, as: caller.office, in: caller.realm.name, after: input.1.after, limit: input.1.count)
        switch outcome {
        case .page(let page): return .success(InvitationPage(page))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// `POST …/organisations/{name}/invitations`.
struct InviteMemberEndpoint<Caller: OfficeHolder>: Endpoint {
    typealias Refusal = CreationProblem<OrganisationRefusal>
    typealias Input = (PathName, InviteMember.Input)
    let invite: InviteMember

    static var sentence: String {
        "Has somebody written to who may become a member, whether they have an account or not: the answer is the same."
    }
    static var status: Int { 202 }
    static var requestFields: [SchemaDescription.Member] { [IdempotencyKey.requestField] }
    static var input: Intake<Input> {
        .path(PathName.schema("The organisation's name."), and: .json(wish), { ($0, $1) })
    }
    static var output: Schema<InvitedReply> { InvitedReply.schema }

    private static var wish: Schema<InviteMember.Input> {
        .object(
            { InviteMember.Input(email: $0, role: $1 ?? .member, groups: $2 ?? [], language: $3) },
            Field("email", .text(bytes: 1...1_024, example: "rui@example.com"), \.email, "Whom to write to."),
            Field(optional: "role", .choice(), { $0.role }, "What they become in it; `member` unless told."),
            Field(
                optional: "groups",
                .array(.text(bytes: 1...64, example: "support"), count: 0...Organisation.mostInvitedGroups),
                inExample: false, { $0.groups }, "The organisation's groups that they come to be in."),
            Field(
                optional: "language", .choice(), inExample: false, \.language,
                "What the letter is written in; the realm's language unless told."))
    }

    func callAsFunction(
        _ input: Input, _ caller: Caller
    ) async throws(StoreFault) -> Answer<InvitedReply, Refusal> {
        // Elsewhere the same body means another organisation.
        guard case .request(let request) = caller.repeatable("invite_member \(input.0.name)") else {
            return .refused(.notRepeated(.malformed))
        }
        switch try await invite(input.1, into: input.0.name, in: caller.realm, as: caller.office, once: request) {
        case .sent(let id): return .success(InvitedReply(message: "Invitation sent", id: id))
        case .refused(let refusal): return .refused(.refused(refusal))
        case .notRepeated(let refusal): return .refused(.notRepeated(RepeatProblem(refusal)))
        }
    }
}

/// That a letter is on its way.
struct InvitedReply: Sendable {
    let message: String
    let id: ID<OrganisationInvitation>

    static let schema: Schema<InvitedReply> = .object(
        InvitedReply.init(message:id:),
        Field("message", .text(example: "Invitation sent"), \.message, "What happened, for people."),
        Field("id", .identifier(), \.id, "Names the invitation where it is withdrawn."))
}

/// `DELETE …/organisations/{name}/invitations/{id}`.
struct WithdrawInvitationEndpoint<Caller: OfficeHolder>: Endpoint {
    typealias Refusal = OrganisationRefusal
    let withdraw: WithdrawInvitation

    struct Place: Sendable {
        let organisation: String
        let id: ID<OrganisationInvitation>

        static var schema: Schema<Place> {
            .object(
                Place.init(organisation:id:),
                Field("name", PathName.text, \.organisation, "The organisation's name."),
                Field("id", .identifier(), \.id, "As the list names it."))
        }
    }

    static var sentence: String { "Takes an invitation back: its link is good for nothing from then on." }
    static var input: Intake<Place> { .path(Place.schema) }
    static var output: Schema<MessageReply> { MessageReply.schema }

    func callAsFunction(
        _ input: Place, _ caller: Caller
    ) async throws(StoreFault) -> Answer<MessageReply, OrganisationRefusal> {
        switch try await withdraw(input.id, of: input.organisation, in: caller.realm.name, as: caller.office) {
        case .withdrawn: .success(MessageReply(message: "Invitation withdrawn"))
        case .refused(let refusal): .refused(refusal)
        }
    }
}

/// `POST /api/auth/invitations/accept`.
struct AcceptInvitationEndpoint: Endpoint {
    typealias Refusal = AcceptInvitation.Refusal
    let accept: AcceptInvitation

    static let sentence = "Takes an invitation up that went to the address that the caller has proven."
    static let input: Intake<Secret> = .json(.object({ $0 }, InvitationToken.field { $0 }))
    static let output = JoinedReply.schema

    func callAsFunction(
        _ input: Secret, _ caller: Member
    ) async throws(StoreFault) -> Answer<JoinedReply, AcceptInvitation.Refusal> {
        let outcome = try await accept(
            token: String(decoding: input.exposed, as: UTF8.self), by: Actor(caller), in: caller.realm)
        switch outcome {
        case .accepted(let organisation, let role):
            return .success(JoinedReply("Invitation accepted", organisation, role))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

/// What the letter's link carries.
enum InvitationToken {
    static func field<Root>(_ get: @escaping @Sendable (Root) -> Secret) -> Field<Root, Secret> {
        Field(
            "token", .secret(bytes: 1...128, example: "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA"), get,
            "From the letter's link.")
    }
}

/// `POST /api/auth/invitations/join`.
struct JoinByInvitationEndpoint: Endpoint {
    typealias Refusal = JoinByInvitation.Refusal
    let join: JoinByInvitation

    struct Input: Sendable {
        let token: Secret
        let username: String?
        let password: Secret
        let language: Language?
        let consents: [String]?
        let attributes: JSON?
    }

    static let sentence =
        "Takes an invitation up without an account: makes one with the address that the letter has proven. Signs nobody in."
    static let status = 201
    static let input: Intake<Input> = .json(
        .object(
            Input.init(token:username:password:language:consents:attributes:),
            InvitationToken.field(\.token),
            Field(
                optional: "username", .text(bytes: 0...1_024, example: "rui"), \.username,
                "What to sign in with; made from the address unless told. Not looked at where an account waits."),
            Field(
                "password", .secret(bytes: 0...4_096, example: "four other words together"), \.password,
                "Not the username, not the address, not a common one."),
            Field(
                optional: "language", .choice(), inExample: false, \.language,
                "What the person is to be written to in; that of the invitation unless told."),
            Field(
                optional: "consents", .array(.text(bytes: 1...128, example: "terms@2"), count: 0...64),
                inExample: false, \.consents,
                "What is agreed to, each as `name@version`: every document that the realm requires must be among them."
            ),
            Field(
                optional: "attributes", .anyObject, inExample: false, \.attributes,
                "What the realm's profile schema asks for, by name.")))
    static let output = JoinedReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<JoinedReply, JoinByInvitation.Refusal> {
        let wish = JoinByInvitation.Input(
            username: input.username, password: input.password, language: input.language,
            consents: input.consents ?? [], attributes: input.attributes)
        let outcome = try await join(
            token: String(decoding: input.token.exposed, as: UTF8.self), wish, in: caller.realm, from: caller.source)
        switch outcome {
        case .joined(_, let organisation, let role):
            return .success(JoinedReply("Account made; sign in with it", organisation, role))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}
