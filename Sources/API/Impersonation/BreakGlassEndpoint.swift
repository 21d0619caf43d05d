internal import Domain
public import Flows
internal import Storage

/// `POST /api/system/auth/break-glass`.
struct BreakGlassEndpoint: Endpoint {
    typealias Refusal = UseBreakGlass.Refusal
    let use: UseBreakGlass

    struct Attempt: Sendable {
        let code: Secret

        static let schema: Schema<Attempt> = .object(
            Attempt.init(code:),
            Field(
                "code", .secret(bytes: 1...128, example: "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ-0000"), \.code,
                "As it was printed; case, hyphens and spaces do not matter."))
    }

    static let sentence = """
        Opens one operator session with the code from the safe, which is used up. Every operator is told.
        """
    static let input: Intake<Attempt> = .json(Attempt.schema)
    static let output = TokenReply.schema

    func callAsFunction(_ input: Attempt, _ caller: Visitor) async throws(StoreFault) -> Answer<TokenReply, Refusal> {
        switch try await use(input.code, in: caller.realm, from: caller.source) {
        case .opened(let signedIn): return .success(TokenReply("Break-glass session opened", signedIn))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

extension UseBreakGlass.Refusal: ClientError {
    public static var allCases: [Self] { [.notAccepted, .wait(.seconds(1))] }

    public var problem: Problem {
        switch self {
        case .notAccepted: Problem(status: 401, code: "code_not_accepted", message: "The code is not accepted")
        case .wait(let delay): .tooManyRequests(retryAfter: delay)
        }
    }
}
