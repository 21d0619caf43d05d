internal import Domain
public import Flows
internal import Standards
internal import Storage

/// Somebody's profile, as far as the caller may see it.
struct ProfileReply: EntityTagged, Sendable {
    let profile: Profile

    static let schema: Schema<ProfileReply> = .written(
        Field("user_id", .identifier(), \.profile.user.id, "Whose it is."),
        Field(
            "number", .integer(1...Int64.max, example: 17), \.profile.user.number,
            "The user's number, which older systems join on."),
        Field(
            "version", .integer(0...Int64.max, example: 3), \.profile.version,
            "Counts up with each change; the entity tag is this in quotes."),
        Field(
            "complete", .boolean(example: true), { $0.profile.state == .complete },
            "Whether everything is there that must be, and fits."),
        Field("attributes", .anyObject, \.profile.attributes, "By name; what is not there is left out."),
        Field(
            "missing", .array(.text(example: "cpf"), count: 0...64), \.profile.missing,
            "Attributes that must be there and are not."),
        Field(
            "problems", .array(problem, count: 0...64), \.profile.misfits,
            "Attributes that do not fit rules that came after them.")
    ).named("Profile")

    var tag: String { "\"\(profile.version)\"" }

    private static let problem: Schema<FieldProblem> = .object(
        FieldProblem.init(field:code:message:),
        Field("field", .text(example: "cpf"), \.field, "The attribute's name."),
        Field("code", .text(example: "cpf_check_digits"), \.code, "Never changes."),
        Field("message", .text(example: "has check digits that do not match"), \.message, "For people."))
}

/// What is to change: `{"attributes": {"cpf": "529.982.247-25", "nickname": null}}`.
enum ProfilePatch {
    static let schema: Schema<JSON> = .object(
        { $0 },
        Field(
            "attributes", .anyObject, { $0 },
            "Each attribute that is to change with its value, or `null` to remove it; the others stay."))
}

extension ChangeProfile.Refusal: ClientError {
    public static var allCases: [Self] {
        [
            .noSuchUser, .invalid([]), .taken([]), .aboveOwnRank([]), .lastAdministrator, .changedMeanwhile,
            .throttled(retryAfter: .seconds(1)),
        ]
    }

    public var problem: Problem {
        switch self {
        case .noSuchUser: .notFound
        case .invalid(let problems): .validation(problems)
        case .taken(let problems): .attributeTaken(problems)
        case .aboveOwnRank(let problems):
            Problem(
                status: 403, code: "above_own_rank", message: "A value would give or take a role that you may not give",
                details: problems)
        case .lastAdministrator: .lastAdministrator
        case .throttled(let delay): .tooManyRequests(retryAfter: delay)
        case .changedMeanwhile:
            Problem(status: 412, code: "changed_meanwhile", message: "Somebody else has changed the profile since")
        }
    }
}

extension Problem {
    static func attributeTaken(_ problems: [FieldProblem]) -> Problem {
        Problem(status: 409, code: "attribute_taken", message: "A value belongs to somebody else", details: problems)
    }
}

/// Who may look at other people's profiles: whoever administers users, and whoever holds the permission.
enum ProfileAccess: Sendable {
    case granted(ProfileEditor)
    case refused(Permission.Pair)

    init(_ caller: Authorized, needing pair: Permission.Pair) {
        let actor = Actor(caller)
        let grants = caller.result.grants
        if grants.has(pair == .profilesWrite ? .usersUpdate : .usersRead) {
            self = .granted(.admin(actor))
        } else if grants.hasPermission(pair.description) {
            self = .granted(.application(actor))
        } else {
            self = .refused(pair)
        }
    }
}

/// The refusals of a route about other people's profiles.
enum ForeignProfileRefusal<Other: ClientError>: ClientError {
    case notAllowed(Permission.Pair)
    case other(Other)

    static var allCases: [Self] { [.notAllowed(.profilesRead)] + Other.allCases.map { .other($0) } }

    var problem: Problem {
        switch self {
        case .notAllowed(let pair): .permissionRequired(pair)
        case .other(let other): other.problem
        }
    }
}
