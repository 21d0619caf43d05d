internal import Domain
internal import Flows
internal import Storage

/// `GET /api/auth/consents`.
struct OwnConsentsEndpoint: Endpoint {
    typealias Refusal = NotThere
    let consents: ManageConsents

    static let sentence = "What the caller agreed to, and what is asked for and missing."
    static let input: Intake<ConsentPaging> = .query(ConsentPaging.schema)
    static let output = ConsentPage.schema

    func callAsFunction(
        _ input: ConsentPaging, _ caller: Member
    ) async throws(StoreFault) -> Answer<ConsentPage, NotThere> {
        let page = try await consents.list(
            of: caller.principal.user.id.text, in: caller.realm, after: input.after ?? 0, limit: input.count)
        return page.map { .success(ConsentPage(page: $0)) } ?? .refused(.notThere)
    }
}

/// `GET /api/admin/users/{id}/consents`.
struct UserConsentsEndpoint: Endpoint {
    typealias Refusal = NotThere
    typealias Input = (PathID<User>, ConsentPaging)
    let consents: ManageConsents

    static let sentence = "What a user agreed to, with the events that prove it."
    static let input: Intake<Input> = .path(
        PathID.schema("The user's id."), and: .query(ConsentPaging.schema), { ($0, $1) })
    static let output = ConsentPage.schema

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<ConsentPage, NotThere>
    {
        let (user, paging) = input
        let page = try await consents.list(
            of: user.id.text, in: caller.realm, after: paging.after ?? 0, limit: paging.count)
        return page.map { .success(ConsentPage(page: $0)) } ?? .refused(.notThere)
    }
}

/// `POST /api/auth/consents`.
struct DecideConsentsEndpoint: Endpoint {
    let consents: ManageConsents

    struct Input: Sendable {
        let give: [String]?
        let withdraw: [String]?
    }

    enum Refusal: ClientError {
        case invalid([FieldProblem])
        case notThere
        case throttled(retryAfter: Duration)

        static var allCases: [Self] { [.invalid([]), .notThere, .throttled(retryAfter: .seconds(1))] }

        var problem: Problem {
            switch self {
            case .invalid(let problems): .validation(problems)
            case .notThere: .notFound
            case .throttled(let delay): .tooManyRequests(retryAfter: delay)
            }
        }
    }

    static let sentence = "Agrees to documents, or takes that back; what holds already is left as it is."
    static let input: Intake<Input> = .json(
        .object(
            Input.init(give:withdraw:),
            Field(
                optional: "give", .array(.text(bytes: 1...128, example: "newsletter@1"), count: 0...64), \.give,
                "Each as `name@version`, in the present version."),
            Field(
                optional: "withdraw", .array(.text(bytes: 1...64, example: "newsletter"), count: 0...64),
                inExample: false, \.withdraw, "Names of documents.")))
    static let output: Schema<NeededReply> = NeededReply.schema

    func callAsFunction(_ input: Input, _ caller: Member) async throws(StoreFault) -> Answer<NeededReply, Refusal> {
        let outcome = try await consents.decide(
            giving: input.give ?? [], withdrawing: input.withdraw ?? [], in: caller.realm, by: Actor(caller))
        switch outcome {
        case .decided(let needed): return .success(NeededReply(message: "Consents recorded", needed: needed))
        case .refused(.invalid(let problems)): return .refused(.invalid(problems))
        case .refused(.noSuchUser): return .refused(.notThere)
        case .refused(.throttled(let delay)): return .refused(.throttled(retryAfter: delay))
        }
    }
}

struct NeededReply: Sendable {
    let message: String
    let needed: [TermsDocument]

    static let schema: Schema<NeededReply> = .written(
        Field("message", .text(example: "Consents recorded"), \.message, "What happened, for people."),
        Field(
            "consents_needed", .array(TermsDocument.schema, count: 0...64), \.needed,
            "What is required and still not agreed to in its present version."))
}

/// Which page of the history.
struct ConsentPaging: Sendable {
    let limit: Int64?
    let after: Int64?

    static let schema: Schema<ConsentPaging> = .object(
        ConsentPaging.init(limit:after:),
        Field(optional: "limit", .integer(1...200, example: 50), \.limit, "How many decisions; 50 unless told."),
        Field(
            optional: "after", .integer(0...Int64.max, example: 17), \.after,
            "The member `next` of the page before."))

    var count: Int { Int(limit ?? 50) }
}

struct ConsentPage: Sendable {
    let page: ManageConsents.Page

    static let schema: Schema<ConsentPage> = .written(
        Field(
            "consents_needed", .array(TermsDocument.schema, count: 0...64), \.page.needed,
            "What is required and not agreed to in its present version."),
        Field(
            "current", .array(ManageConsents.Decision.schema, count: 0...10_000), \.page.current,
            "What holds: the last decision about each document."),
        Field(
            "history", .array(ManageConsents.Decision.schema, count: 0...200), \.page.history,
            "All decisions, oldest first."),
        Field(
            "next", .nullable(.integer(0...Int64.max, example: 17)), \.page.next,
            "Where the next page of the history begins; null at the end."))
}

extension ManageConsents.Decision {
    static let schema: Schema<Self> = .written(
        Field("document", .text(example: "terms"), \.document, "The document's name."),
        Field("version", .integer(TermsDocument.versions, example: 2), \.version, "The version it was about."),
        Field("given", .boolean(example: true), \.isGiven, "Agreed to, or taken back."),
        Field("at", .timestamp, \.at, "When."),
        Field("digest", .text(example: ""), \.digest, "Of the text at that time; empty where there was none."),
        Field("ip", .text(example: "192.0.2.7"), { $0.origin?.address ?? "" }, "Where from."),
        Field(
            "device", .text(example: "Mozilla/5.0 (X11; Linux x86_64) Firefox/133.0"),
            { $0.origin?.userAgent ?? "" }, "With what."),
        Field("event", .identifier(), \.event, "The event of the audit that proves it.")
    ).named("Consent")
}
