internal import Domain
public import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `PATCH /api/admin/users/{id}`.
struct EditUserEndpoint: Endpoint {
    typealias Refusal = EditUser.Refusal
    typealias Input = (PathID<User>, JSON)
    let editUser: EditUser

    static let sentence = "Changes what the body names of a user: name, address, language, metadata."
    static let requestFields = [
        SchemaDescription.Member(
            name: "If-Match", isRequired: false, shape: .text(example: "\"3.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83v\""),
            sentence: "The `ETag` of what the caller looked at: 412 where somebody has changed it since, with what.")
    ]
    static let input: Intake<Input> = .path(
        PathID.schema("The user's id."), and: .json(.anyObject.described(as: .object(members)))
    ) { ($0, $1) }
    static let output = UserDetailReply.schema

    private static let members = [
        SchemaDescription.Member(
            name: "username", isRequired: false, shape: .text(characters: 0...1_024, bytes: 0...1_024, example: "ana"),
            sentence: "As at sign-up."),
        SchemaDescription.Member(
            name: "email", isRequired: false,
            shape: .text(characters: 0...1_024, bytes: 0...1_024, example: "ana@example.com"),
            sentence:
                "Counts as not proven; a letter goes there, every session ends, and the old address, where it was proven, can undo it.",
            isInExample: false),
        SchemaDescription.Member(
            name: "language", isRequired: false, shape: .nullable(.choice(Language.allCases.map(\.rawValue))),
            sentence: "What the person is written to in; null for the realm's.", isInExample: false),
        SchemaDescription.Member(
            name: "app_metadata", isRequired: false, shape: .anyObject,
            sentence: "Takes the place of the whole object: what only administrators and the server write.",
            isInExample: false),
        SchemaDescription.Member(
            name: "user_metadata", isRequired: false, shape: .anyObject,
            sentence: "Takes the place of the whole object: what the person may write.", isInExample: false),
    ]

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<UserDetailReply, Refusal> {
        var problems: [FieldProblem] = []
        let patch = Self.patch(input.1, &problems)
        guard problems.isEmpty else { return .refused(.invalid(problems)) }
        let version: UserVersion?
        switch ExpectedUser(caller.request.headers) {
        case .any: version = nil
        case .exactly(let wanted): version = wanted
        case .none: return .refused(.changedMeanwhile([]))
        }
        let outcome = try await editUser(
            patch, of: input.0.id.text, in: caller.realm, ifVersion: version, by: Actor(caller))
        switch outcome {
        case .done(let user, let grants, _): return .success(UserDetailReply(user, grants))
        case .refused(let refusal): return .refused(refusal)
        }
    }

    /// A member that is not in the table is refused: what an edit does not know it must not seem to have done.
    private static func patch(_ body: JSON, _ problems: inout [FieldProblem]) -> EditUser.Patch {
        var patch = EditUser.Patch()
        let text = Schema<String>.text(bytes: 0...1_024, example: "")
        for member in body.members ?? [] {
            switch member.name {
            case "username": patch.username = text.read(member.value, "username", &problems)
            case "email": patch.email = text.read(member.value, "email", &problems)
            case "language":
                patch.language = Schema<Language?>.nullable(.choice()).read(member.value, "language", &problems)
            case "app_metadata":
                patch.appMetadata = Schema<JSON>.anyObject.read(member.value, "app_metadata", &problems)
            case "user_metadata":
                patch.userMetadata = Schema<JSON>.anyObject.read(member.value, "user_metadata", &problems)
            default:
                problems.append(
                    FieldProblem(
                        field: member.name.utf8.count <= 64 ? member.name : "body", code: "unknown",
                        message: "cannot be changed here"))
            }
        }
        return patch
    }
}

/// What the field `If-Match` asks for of a user (RFC 9110 §13.1.1).
enum ExpectedUser {
    case any
    case exactly(UserVersion)
    /// A tag that no version ever had.
    case none

    init(_ headers: Headers) {
        let values = headers.values(of: "If-Match")
        guard let text = values.first else {
            self = .any
            return
        }
        let bytes = Array(text.utf8)
        if values.count == 1, bytes.elementsEqual("*".utf8) {
            self = .any
        } else if values.count == 1, bytes.count > 2, bytes.first == 0x22, bytes.last == 0x22,
            let version = UserVersion(String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self))
        {
            self = .exactly(version)
        } else {
            self = .none
        }
    }
}

extension EditUser.Refusal: ClientError {
    public static var allCases: [Self] {
        [.noSuchUser, .invalid([]), .taken, .ownAccount, .aboveOwnRank, .changedMeanwhile([])]
    }

    public var problem: Problem {
        switch self {
        case .noSuchUser: .notFound
        case .invalid(let problems): .validation(problems)
        case .taken: .alreadyRegistered
        case .ownAccount: .ownAccount
        case .aboveOwnRank:
            Problem(
                status: 403, code: "above_own_rank",
                message: "The person ranks higher, or holds administrative rights that you do not hold")
        case .changedMeanwhile(let fields):
            Problem(
                status: 412, code: "changed_meanwhile", message: "Somebody else has changed the user since",
                details: fields.map {
                    FieldProblem(field: $0, code: "changed", message: "is another than you looked at")
                })
        }
    }
}
