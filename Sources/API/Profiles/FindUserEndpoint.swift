internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `POST /api/admin/find-user`: the value is in the body, because addresses end in logs.
struct FindUserEndpoint: Endpoint {
    typealias Refusal = ForeignProfileRefusal<InvalidAttribute>
    let find: FindByAttribute

    struct Input: Sendable {
        let attribute: String
        let value: JSON
        let with: JSON?
    }

    struct Found: Sendable {
        let user: User
    }

    struct Reply: Sendable {
        let found: Found?
    }

    static let sentence =
        "Finds the user who has a unique value, for administrators and whoever holds `profiles:read`."
    static let input: Intake<Input> = .json(
        .object(
            Input.init(attribute:value:with:),
            Field(
                "attribute", .text(characters: 1...32, bytes: 1...32, example: "cpf"), \.attribute,
                "One that is unique, and that the caller may read."),
            Field("value", .anything, \.value, "As people write it."),
            Field(
                optional: "with", .anything, inExample: false, \.with,
                "The value of the attribute that it is unique with, where there is one.")))
    static let output: Schema<Reply> = .written(
        Field("user", .nullable(found), \.found, "`null` where nobody has it."))

    private static let found: Schema<Found> = .written(
        Field("id", .identifier(), \.user.id, "Never changes."),
        Field("number", .integer(1...Int64.max, example: 17), \.user.number, "What older systems join on."),
        Field("username", .text(example: "ana"), \.user.username.text, "As it was typed."),
        Field("email", .text(example: "ana@example.com"), \.user.email.text, "As it was typed."),
        Field("active", .boolean(example: true), \.user.isActive, "False where an administrator disabled the account."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<Reply, Refusal> {
        let editor: ProfileEditor
        switch ProfileAccess(caller, needing: .profilesRead) {
        case .granted(let granted): editor = granted
        case .refused(let pair): return .refused(.notAllowed(pair))
        }
        switch try await find(input.attribute, input.value, with: input.with, in: caller.realm, by: editor) {
        case .found(let user): return .success(Reply(found: Found(user: user)))
        case .nobody: return .success(Reply(found: nil))
        case .invalid(let problems): return .refused(.other(.invalid(problems)))
        }
    }
}

/// Why nobody can be looked up by that.
enum InvalidAttribute: ClientError {
    case invalid([FieldProblem])

    static var allCases: [Self] { [.invalid([])] }

    var problem: Problem {
        switch self {
        case .invalid(let problems): .validation(problems)
        }
    }
}
