internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `POST /api/auth/change-password`.
struct ChangePasswordEndpoint: Endpoint {
    typealias Input = (CurrentPassword, (ChosenPassword, Others))
    typealias Refusal = ChangePassword.Refusal
    let changePassword: ChangePassword

    struct Others: Sendable {
        let endsOthers: Bool?

        static let schema: Schema<Others> = .object(
            Others.init(endsOthers:),
            Field(
                optional: "end_other_sessions", .boolean(example: true), \.endsOthers,
                "Whether all other sessions end; yes unless told."))
    }

    static let sentence =
        "Changes the caller's password. The session gets another id, and its tokens or cookies with it."
    static let setsCookies = true
    static let input: Intake<Input> = .json(
        .both(CurrentPassword.schema, .both(ChosenPassword.schema, Others.schema)))
    static let output = TokenReply.schema

    func callAsFunction(_ input: Input, _ caller: Member) async throws(StoreFault) -> Answer<TokenReply, Refusal> {
        let outcome = try await changePassword(
            current: input.0.current, to: input.1.0.password, endsOthers: input.1.1.endsOthers ?? true,
            of: caller.principal, provenBy: caller.provenBy, in: caller.realm, from: caller.source)
        switch outcome {
        case .changed(let signedIn):
            return .success(TokenReply("Password changed", signedIn), cookies: caller.cookies(signedIn))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}

extension Member {
    /// The cookies that carry what was handed out, where cookies do.
    func cookies(_ signedIn: SignedIn) -> [SetCookie] {
        switch signedIn.transport {
        case .cookie: SessionCookies(realm).set(signedIn)
        case .token: []
        }
    }
}
