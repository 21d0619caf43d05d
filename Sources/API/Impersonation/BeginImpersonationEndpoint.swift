internal import Domain
public import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `POST /api/system/realms/{realm}/impersonations`.
struct BeginImpersonationEndpoint: Endpoint {
    typealias Refusal = BeginImpersonation.Refusal
    let begin: BeginImpersonation

    struct Wish: Sendable {
        let user: String
        let reason: String
        let minutes: Int64?
        let mayWrite: Bool?
        let current: Secret?

        static let schema: Schema<Wish> = .object(
            Wish.init(user:reason:minutes:mayWrite:current:),
            Field("user", .text(bytes: 1...1_024, example: "ana"), \.user, "An id, an e-mail address or a username."),
            Field(
                "reason",
                .text(characters: Impersonation.reasonLengths, example: "Ticket 4711: the order list stays empty"),
                \.reason, "Shown to the person, and kept in the audit of both realms."),
            Field(
                optional: "minutes", .integer(Impersonation.lengths, example: 15), \.minutes,
                "How long at the most; 15 unless told."),
            Field(
                optional: "write", .boolean(example: false), \.mayWrite,
                "Whether changes may be made; only looking unless told."),
            Field(
                optional: "current_password", .secret(bytes: 1...4_096, example: "correct horse battery staple"),
                inExample: false, \.current, "The operator's own; not needed for a while after sign-in."))
    }

    struct Input: Sendable {
        let realm: RealmName
        let wish: Wish
    }

    struct Reply: Sendable {
        let impersonation: Impersonation
        let tokens: TokenReply

        static let schema: Schema<Reply> = .written(
            Field("message", .text(example: "Impersonation begun"), \.tokens.message, "What happened, for people."),
            Field("user", UserSummary.schema, \.tokens.user, "As whom the tokens speak."),
            Field("impersonation", ActingReply.schema, \.impersonation, "Who acts, why, and until when."),
            Field(
                optional: "token", .text(example: "eyJhbGciOiJFUzI1NiIs…"), \.tokens.token,
                "The access token, for `Authorization` in the person's realm."),
            Field("expires_at", .timestamp, \.tokens.expiresAt, "When the access token stops being accepted."),
            Field(
                optional: "refresh_token", .text(example: "AQAAAZNvPoorfE2e…"), \.tokens.refreshToken,
                "Buys the next pair of tokens, once, in the person's realm; never beyond the end."))
    }

    static let sentence = """
        Lets the caller act as a person of a realm, for a stated reason and a short time. The person is written to at once.
        """
    static let status = 201
    static let input: Intake<Input> = .path(RealmPath.schema, and: .json(Wish.schema)) {
        Input(realm: $0.name, wish: $1)
    }
    static let output = Reply.schema

    func callAsFunction(_ input: Input, _ caller: Member) async throws(StoreFault) -> Answer<Reply, Refusal> {
        let wish = input.wish
        let outcome = try await begin(
            BeginImpersonation.Input(
                realm: input.realm, user: wish.user, reason: wish.reason,
                minutes: wish.minutes ?? Impersonation.standardLength, mayWrite: wish.mayWrite ?? false),
            current: wish.current, of: caller.principal, provenBy: caller.provenBy, in: caller.realm,
            from: caller.source)
        switch outcome {
        case .begun(let signedIn, let stored):
            return .success(
                Reply(impersonation: stored.acting, tokens: TokenReply("Impersonation begun", signedIn)))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

extension BeginImpersonation.Refusal: ClientError {
    public static var allCases: [Self] {
        [.invalid([]), .noSuchRealm, .noSuchUser, .notUsable, .notAnOperator]
            + ReproofRefusal.allCases.map(Self.reproof)
    }

    public var problem: Problem {
        switch self {
        case .invalid(let problems): .validation(problems)
        case .noSuchRealm: .notFound
        case .noSuchUser:
            Problem(status: 404, code: "no_such_user", message: "There is no such user in this realm")
        case .notUsable: .notUsable
        case .notAnOperator: .impersonationNotAllowed
        case .reproof(let refusal): refusal.problem
        }
    }
}
