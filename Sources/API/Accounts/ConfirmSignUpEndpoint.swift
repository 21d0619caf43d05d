internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/register/confirm`.
struct ConfirmSignUpEndpoint: Endpoint {
    let confirmSignUp: ConfirmSignUp

    struct Password: Sendable {
        let password: Secret?

        static let schema: Schema<Password> = .object(
            Password.init(password:),
            Field(
                optional: "password", .secret(bytes: 1...4_096, example: "correct horse battery staple"), \.password,
                "The one chosen at sign-up; needed beside `token`."))
    }

    typealias Refusal = HandoutRefusal<ProofNeeded<ConfirmSignUp.Refusal>>

    static let sentence = "Makes the account whose address a letter has proven, and signs its owner in."
    static let status = 201
    static let setsCookies = true
    static let input: Intake<(ProofFields, (Password, TransportWish))> = .json(
        .both(ProofFields.schema, .both(Password.schema, TransportWish.schema)))
    static let output = TokenReply.schema

    func callAsFunction(
        _ input: (ProofFields, (Password, TransportWish)), _ caller: Visitor
    ) async throws(StoreFault) -> Answer<TokenReply, Refusal> {
        let transport: Transport
        switch caller.transport(input.1.1.transport) {
        case .success(let chosen): transport = chosen
        case .failure(let refusal): return .refused(.transport(refusal))
        }
        guard let proof = input.0.proof else { return .refused(.other(.missing)) }
        let outcome = try await confirmSignUp(
            proof, password: input.1.0.password, in: caller.realm, from: caller.source, as: transport)
        switch outcome {
        case .confirmed(let signedIn):
            return .success(TokenReply("User registered successfully", signedIn), cookies: caller.cookies(signedIn))
        case .refused(let refusal): return .refused(.other(.other(refusal)))
        }
    }
}
