internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What lists and tables of users are narrowed and sorted by.
struct UserQuery: Sendable {
    let search: String?
    let startsWith: String?
    let role: String?
    let active: Bool?
    let banned: Bool?
    let deactivated: Bool?
    let verified: Bool?
    let createdFrom: Timestamp?
    let createdBefore: Timestamp?
    let lastSignInFrom: Timestamp?
    let lastSignInBefore: Timestamp?
    let sort: UserSort?
    let direction: AuditLogsEndpoint.Order?
    let fields: String?

    static let schema: Schema<UserQuery> = .object(
        UserQuery.init(
            search:startsWith:role:active:banned:deactivated:verified:createdFrom:createdBefore:lastSignInFrom:
            lastSignInBefore:sort:direction:fields:),
        Field(
            optional: "search", .text(bytes: 1...256, example: "ana"), \.search,
            "Part of the username or of the e-mail address, in any case, or how the number begins."),
        Field(
            optional: "starts_with", .text(bytes: 1...256, example: "an"), inExample: false, \.startsWith,
            "How the username or the e-mail address begins, whichever the list is sorted by: the quickest way to somebody."
        ),
        Field(optional: "role", .text(bytes: 1...64, example: "editor"), \.role, "Only those who hold it."),
        Field(
            optional: "active", .boolean(example: true), \.active,
            "Only those who were not disabled, or only those who were."),
        Field(
            optional: "banned", .boolean(example: false), \.banned,
            "Only those whose ban holds now, or only the others."),
        Field(
            optional: "deactivated", .boolean(example: false), \.deactivated,
            "Only those who laid their account down, or only the others."),
        Field(
            optional: "verified", .boolean(example: true), \.verified,
            "Only those whose address was proven by mail, or only the others."),
        Field(optional: "created_from", .timestamp, \.createdFrom, "Made at this time or later."),
        Field(optional: "created_before", .timestamp, \.createdBefore, "Made before this time."),
        Field(
            optional: "last_sign_in_from", .timestamp, \.lastSignInFrom, "Last signed in at this time or later."),
        Field(
            optional: "last_sign_in_before", .timestamp, \.lastSignInBefore,
            "Last signed in before this time; not those who never did."),
        Field(optional: "sort", .choice(), \.sort, "`number` unless told: the order in which they came."),
        Field(optional: "order", .choice(), \.direction, "`asc` unless told, or `desc`."),
        Field(
            optional: "fields", .text(bytes: 1...256, example: "id,username"), inExample: false, \.fields,
            "Which of a user's members are answered, with commas between; all of them unless told."))

    var filter: ListUsers.Filter {
        ListUsers.Filter(
            isActive: active, isBanned: banned, isDeactivated: deactivated, isVerified: verified, text: search,
            prefix: startsWith, role: role, created: TimeSpan(from: createdFrom, before: createdBefore),
            signedIn: TimeSpan(from: lastSignInFrom, before: lastSignInBefore))
    }

    var order: UserOrder { UserOrder(sort ?? .number, isDescending: direction == .newestFirst) }

    /// The words of `fields`, or what is wrong with them; `nil` where it was left out.
    func chosen(from known: [String]) -> Result<[String]?, UnknownFields> {
        guard let fields else { return .success(nil) }
        let words = fields.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
            String(Substring($0))
        }
        guard words.allSatisfy(known.contains), Set(words).count == words.count else {
            return .failure(
                UnknownFields(problems: [
                    FieldProblem(
                        field: "fields", code: "not_one_of",
                        message: "must be some of: \(known.joined(separator: ", ")), each once")
                ]))
        }
        return .success(words)
    }
}

/// What is wrong with a question for users.
enum UserQueryRefusal: ClientError {
    case noSuchRole
    case wrongOrder
    case prefixNeedsOrder
    case invalid([FieldProblem])

    static var allCases: [Self] { [.noSuchRole] }

    var problem: Problem {
        switch self {
        case .noSuchRole:
            .validation([FieldProblem(field: "role", code: "no_such_role", message: "is not a role of this realm")])
        case .wrongOrder:
            .validation([
                FieldProblem(field: "after", code: "wrong_order", message: "is of a list in another order")
            ])
        case .prefixNeedsOrder:
            .validation([
                FieldProblem(
                    field: "starts_with", code: "wrong_order", message: "needs sort=username or sort=email")
            ])
        case .invalid(let problems): .validation(problems)
        }
    }
}

extension Schema where Value == UserCursor {
    /// A place in a list of users, opaque to clients: what it is made of may change.
    static var userCursor: Schema {
        Schema(.text(characters: 12...4_096, bytes: 12...4_096, example: "AAAAAAAAAAAyAAAAAAAAADI")) {
            json, path, problems in
            guard case .string(let text) = json, let cursor = UserCursor(text) else {
                return problems.add(path, .wrongType("a value of `next`"))
            }
            return cursor
        } write: { value, output in
            output.string(value.text)
        }
    }
}

struct UnknownFields: Error {
    let problems: [FieldProblem]
}
