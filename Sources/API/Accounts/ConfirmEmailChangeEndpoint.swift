internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `POST /api/auth/change-email/confirm`.
struct ConfirmEmailChangeEndpoint: Endpoint {
    typealias Refusal = ProofNeeded<ConfirmEmailChange.Refusal>
    let confirmEmailChange: ConfirmEmailChange

    static let sentence = """
        Gives an account the address that a letter has proven, and ends its sessions. Whoever shows one of them here gets \
        another in its place.
        """
    static let setsCookies = true
    static let input: Intake<ProofFields> = .json(ProofFields.schema)
    static let output = RenewalReply.schema

    func callAsFunction(
        _ input: ProofFields, _ caller: Guest
    ) async throws(StoreFault) -> Answer<RenewalReply, Refusal> {
        guard let proof = input.proof else { return .refused(.missing) }
        let shown = caller.member.map { ($0.principal, $0.provenBy) }
        switch try await confirmEmailChange(proof, by: shown, in: caller.realm, from: caller.source) {
        case .changed(let signedIn?):
            return .success(
                RenewalReply("Address changed", signedIn), cookies: caller.member?.cookies(signedIn) ?? [])
        case .changed(nil): return .success(RenewalReply("Address changed; sign in again", nil))
        case .refused(let refusal): return .refused(.other(refusal))
        }
    }
}

/// What happened, and the tokens of the session that goes on, where one does and they do not travel as cookies.
struct RenewalReply: Sendable {
    let message: String
    let token: String?
    let expiresAt: Timestamp?
    let refreshToken: String?

    static let schema: Schema<RenewalReply> = .object(
        RenewalReply.init(message:token:expiresAt:refreshToken:),
        Field("message", .text(example: "Address changed"), \.message, "What happened, for people."),
        Field(
            optional: "token", .text(example: "eyJhbGciOiJFUzI1NiIs…"), \.token,
            "The new access token; absent where the request did not bring one, or a cookie is set instead."),
        Field(
            optional: "expires_at", .timestamp, \.expiresAt,
            "When the access token, or the access cookie, stops being accepted; absent where nobody is signed in."),
        Field(
            optional: "refresh_token", .text(example: "AQAAAZNvPoorfE2e…"), \.refreshToken,
            "The new refresh token, where there is a new access token."))

    init(_ message: String, _ signedIn: SignedIn?) {
        let reply = signedIn.map { TokenReply(message, $0) }
        self.init(
            message: message, token: reply?.token, expiresAt: reply?.expiresAt, refreshToken: reply?.refreshToken)
    }

    private init(message: String, token: String?, expiresAt: Timestamp?, refreshToken: String?) {
        self.message = message
        self.token = token
        self.expiresAt = expiresAt
        self.refreshToken = refreshToken
    }
}
