internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `POST /api/admin/users`.
struct AddPersonEndpoint: Endpoint {
    typealias Refusal = AddPerson.Refusal
    let addPerson: AddPerson

    static let sentence = "Makes an account without a password, for a directory or to invite somebody."
    static let status = 201
    static let requestFields = [IdempotencyKey.requestField]
    static let input: Intake<AddPerson.Input> = .json(
        .object(
            { AddPerson.Input(username: $0, email: $1, language: $2, isInvited: $3 ?? false, attributes: $4) },
            Field(
                optional: "username", .text(bytes: 0...1_024, example: "ana"), \.username,
                "As at sign-up; made from the address where it is left out."),
            Field("email", .text(bytes: 0...1_024, example: "ana@example.com"), \.email, "As at sign-up."),
            Field(
                optional: "language", .choice(), inExample: false, \.language,
                "What the person is to be written to in; the realm's language unless told."),
            Field(
                optional: "invite", .boolean(example: true), \.invited,
                "Whether a letter goes out at once, with which the person chooses a password."),
            Field(
                optional: "attributes", .anyObject, inExample: false, \.attributes,
                "What the realm's profile schema asks for, by name.")))
    static let output = UserDetailReply.schema

    func callAsFunction(
        _ input: AddPerson.Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<UserDetailReply, Refusal> {
        guard case .request(let request) = caller.repeatable("create_user") else {
            return .refused(.invalid(RepeatProblem.malformed.problem.details))
        }
        switch try await addPerson(input, in: caller.realm, by: Actor(caller), once: request) {
        case .added(let user, let grants): return .success(UserDetailReply(user, grants))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

extension AddPerson.Input {
    fileprivate var invited: Bool? { isInvited }
}
