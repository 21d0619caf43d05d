internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/login`.
struct LoginEndpoint: Endpoint {
    let signIn: SignIn

    struct Attempt: Sendable {
        let identifier: String
        let password: Secret
    }

    typealias Refusal = HandoutRefusal<SignIn.Refusal>

    static let sentence = "Signs a person in by username or e-mail address."
    static let setsCookies = true
    static let input: Intake<(Attempt, TransportWish)> = .json(.both(credentials, TransportWish.schema))
    static let credentials: Schema<Attempt> = .object(
        Attempt.init(identifier:password:),
        Field(
            "username_or_email", .text(bytes: 1...1_024, example: "ana"), \.identifier,
            "Either of the two, in any case."),
        Field(
            "password", .secret(bytes: 1...4_096, example: "correct horse battery staple"), \.password,
            "Exactly as it was chosen."))
    static let output = TokenReply.schema

    func callAsFunction(
        _ input: (Attempt, TransportWish), _ caller: Visitor
    ) async throws(StoreFault) -> Answer<TokenReply, Refusal> {
        let transport: Transport
        switch caller.transport(input.1.transport) {
        case .success(let chosen): transport = chosen
        case .failure(let refusal): return .refused(.transport(refusal))
        }
        let outcome = try await signIn(
            identifier: input.0.identifier, password: input.0.password, in: caller.realm, from: caller.source,
            as: transport, device: SessionCookies(caller.realm).deviceMark(in: caller.request))
        switch outcome {
        case .signedIn(let signedIn):
            return .success(TokenReply("Login successful", signedIn), cookies: caller.cookies(signedIn))
        case .refused(let refusal): return .refused(.other(refusal))
        }
    }
}
