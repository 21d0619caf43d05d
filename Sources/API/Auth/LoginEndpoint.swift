internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/login`.
struct LoginEndpoint: Endpoint {
    let signIn: SignIn

    struct Input: Sendable {
        let identifier: String
        let password: Secret
    }

    static let sentence = "Signs a person in by username or e-mail address."
    static let input: Intake<Input> = .json(
        .object(
            Input.init(identifier:password:),
            Field(
                "username_or_email", .text(bytes: 1...1_024, example: "ana"), \.identifier,
                "Either of the two, in any case."),
            Field(
                "password", .secret(bytes: 1...4_096, example: "correct horse battery staple"), \.password,
                "Exactly as it was chosen.")))
    static let output = TokenReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<TokenReply, SignIn.Refusal> {
        let outcome = try await signIn(
            identifier: input.identifier, password: input.password, in: caller.realm, from: caller.source)
        switch outcome {
        case .signedIn(let signedIn): return .success(TokenReply("Login successful", signedIn))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}
