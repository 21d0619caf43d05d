internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `POST /api/auth/register`.
struct RegisterEndpoint: Endpoint {
    let signUp: SignUp

    static let sentence = "Makes an account and signs its owner in."
    static let status = 201
    static let input: Intake<SignUp.Input> = .json(
        .object(
            SignUp.Input.init(username:email:password:),
            Field(
                "username", username, \.username,
                "What people sign in with; unique, whatever its case. At most \(Username.longest) characters when composed (NFC), no `@`, no invisible ones."
            ),
            Field(
                "email", email, \.email,
                "Unique, whatever its case; people can sign in with it as well. At most \(EmailAddress.longest) characters when composed (NFC)."
            ),
            Field("password", password, \.password, "Not the username, not the address, not a common one.")))
    static let output = TokenReply.schema

    private static let username = Schema.text(bytes: 0...1_024, example: "ana")
        .described(as: .text(characters: 1...1_024, bytes: 1...1_024, example: "ana"))
    private static let email = Schema.text(bytes: 0...1_024, example: "ana@example.com")
        .described(as: .text(characters: 1...1_024, bytes: 1...1_024, example: "ana@example.com"))
    private static let policy = PasswordPolicy.standard
    private static let password = Schema.secret(bytes: 0...4_096, example: "correct horse battery staple")
        .described(
            as: .secret(
                characters: policy.minimumLength...policy.maximumBytes,
                bytes: policy.minimumLength...policy.maximumBytes, example: "correct horse battery staple"))

    func callAsFunction(
        _ input: SignUp.Input, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<TokenReply, SignUp.Refusal> {
        switch try await signUp(input, in: caller.realm, from: caller.source) {
        case .signedUp(let signedIn): .success(TokenReply("User registered successfully", signedIn))
        case .refused(let refusal): .refused(refusal)
        }
    }

    /// Checks the members that have the right shape; an empty text stands for the others, which are known already.
    func furtherProblems(of body: JSON, _ caller: Visitor) async throws(StoreFault) -> [FieldProblem] {
        guard case .object(let members) = body else { return [] }
        func member<Value>(_ name: String, _ schema: Schema<Value>) -> Value? {
            members.first { $0.name.utf8.elementsEqual(name.utf8) }.flatMap { try? schema.decode($0.value) }
        }
        let name = member("username", Self.username)
        let address = member("email", Self.email)
        let secret = member("password", Self.password)
        let input = SignUp.Input(username: name ?? "", email: address ?? "", password: secret ?? Secret([]))
        return signUp.problems(of: input, in: caller.realm)
    }
}
