internal import Domain
internal import Flows
internal import Storage

/// `POST /api/admin/grants`.
struct GiveEndpoint: Endpoint {
    typealias Refusal = GrantRefusal
    let changeGrant: ChangeGrant

    static let sentence =
        "Gives a role, a permission or a membership; once more changes at most when it ends. From the next request on."
    static let input: Intake<GrantFields> = .json(GrantFields.schema)
    static let output = GrantChangedReply.schema

    func callAsFunction(
        _ input: GrantFields, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<GrantChangedReply, GrantRefusal> {
        guard let change = input.change else { return .refused(.unclear) }
        switch try await changeGrant(change, isGrant: true, in: caller.realm.name, by: Actor(caller)) {
        case .done(let changed): return .success(GrantChangedReply(message: "Granted", isChanged: changed))
        case .refused(let refusal): return .refused(GrantRefusal(refusal))
        }
    }
}

/// `DELETE /api/admin/grants`.
struct TakeEndpoint: Endpoint {
    typealias Refusal = GrantRefusal
    let changeGrant: ChangeGrant

    static let sentence =
        "Takes a role, a permission or a membership; once more changes nothing. From the next request on."
    static let input: Intake<GrantFields> = .query(GrantFields.schema)
    static let output = GrantChangedReply.schema

    func callAsFunction(
        _ input: GrantFields, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<GrantChangedReply, GrantRefusal> {
        guard let change = input.change else { return .refused(.unclear) }
        switch try await changeGrant(change, isGrant: false, in: caller.realm.name, by: Actor(caller)) {
        case .done(let changed): return .success(GrantChangedReply(message: "Revoked", isChanged: changed))
        case .refused(let refusal): return .refused(GrantRefusal(refusal))
        }
    }
}

struct GrantChangedReply: Sendable {
    let message: String
    let isChanged: Bool

    static let schema: Schema<GrantChangedReply> = .written(
        Field("message", .text(example: "Granted"), \.message, "What happened, for people."),
        Field("changed", .boolean(example: true), \.isChanged, "False where it was so already."))
}

/// `GET /api/admin/grants`.
struct ListGrantsEndpoint: Endpoint {
    let listAccess: ListAccess

    struct Question: Sendable {
        let user: String?
        let key: String?
        let group: String?
        let role: String?
        let heldRole: String?
        let heldPermission: String?
        let heldGroup: String?
        let limit: Int64?
        let after: String?

        static let schema: Schema<Question> = .object(
            Question.init(user:key:group:role:heldRole:heldPermission:heldGroup:limit:after:),
            Field(
                optional: "user", .text(bytes: 1...320, example: "ana"), \.user,
                "What was given to this user. One of this and the next six."),
            Field(
                optional: "key", .text(bytes: 1...64, example: "nightly-backup"), inExample: false, \.key,
                "To this API key."),
            Field(
                optional: "group", .text(bytes: 1...64, example: "staff"), inExample: false, \.group, "To this group."),
            Field(optional: "role", .text(bytes: 1...64, example: "editor"), inExample: false, \.role, "To this role."),
            Field(
                optional: "held_role", .text(bytes: 1...64, example: "editor"), inExample: false, \.heldRole,
                "Who was given this role."),
            Field(
                optional: "held_permission", .text(bytes: 1...129, example: "messages:read"), inExample: false,
                \.heldPermission, "Who was given this permission, of whatever instance."),
            Field(
                optional: "held_group", .text(bytes: 1...64, example: "staff"), inExample: false, \.heldGroup,
                "Who is a member of this group."),
            Field(
                optional: "limit", .integer(1...200, example: 50), \.limit,
                "How many of those who hold something; 50 unless told."),
            Field(
                optional: "after", .text(bytes: 1...256, example: "u01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"),
                inExample: false, \.after, "The member `next` of the page before."))

        var holders: [HolderName] {
            [
                user.map { .user($0) }, key.map { .key($0) }, group.map { .group($0) }, role.map { .role($0) },
            ].compactMap(\.self)
        }

        var held: [HeldName] {
            [
                heldRole.map { .role($0) }, heldPermission.map { .permission($0, instance: nil) },
                heldGroup.map { .group($0) },
            ].compactMap(\.self)
        }
    }

    enum Refusal: ClientError {
        case notThere
        case unclear

        var problem: Problem {
            switch self {
            case .notThere: .notFound
            case .unclear:
                .validation([
                    FieldProblem(field: "user", code: "not_one", message: "exactly one holder or one thing held")
                ])
            }
        }
    }

    static let sentence =
        "What was given to somebody, or who was given something; what comes through others is not in it."
    static let input: Intake<Question> = .query(Question.schema)
    static let output = GrantPage.schema

    func callAsFunction(_ input: Question, _ caller: Authorized) async throws(StoreFault) -> Answer<GrantPage, Refusal>
    {
        let (holders, held) = (input.holders, input.held)
        guard holders.count + held.count == 1 else { return .refused(.unclear) }
        if let thing = held.first {
            let page = try await listAccess.holders(
                of: thing, in: caller.realm.name, after: input.after, limit: Int(input.limit ?? 50))
            guard let page else { return .refused(.notThere) }
            return .success(GrantPage(entries: page.entries, next: page.next))
        }
        guard let entries = try await listAccess.entries(of: holders[0], in: caller.realm.name) else {
            return .refused(.notThere)
        }
        return .success(GrantPage(entries: entries, next: nil))
    }
}
