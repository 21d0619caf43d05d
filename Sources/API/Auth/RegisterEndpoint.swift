internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `POST /api/auth/register`.
struct RegisterEndpoint: Endpoint {
    let signUp: SignUp

    typealias Refusal = HandoutRefusal<SignUp.Refusal>

    static let sentence = "Makes an account and signs its owner in."
    static let status = 201
    static let setsCookies = true
    static let mayAccept = true
    static let input: Intake<(SignUp.Input, (TransportWish, SolutionWish))> = .json(
        .both(account, .both(TransportWish.schema, SolutionWish.schema)))
    private static let account: Schema<SignUp.Input> = .object(
        {
            SignUp.Input(
                username: $0, email: $1, password: $2, language: $3, consents: $4 ?? [], attributes: $5)
        },
        Field(
            "username", username, \.username,
            "What people sign in with; unique, whatever its case. At most \(Username.longest) characters when composed (NFC), no `@`, no invisible ones."
        ),
        Field(
            "email", email, \.email,
            "Unique, whatever its case; people can sign in with it as well. At most \(EmailAddress.longest) characters when composed (NFC)."
        ),
        Field("password", password, \.password, "Not the username, not the address, not a common one."),
        Field(
            optional: "language", .choice(), inExample: false, \.language,
            "What the person is to be written to in; by the field `Accept-Language` unless told."),
        Field(
            optional: "consents", consents, inExample: false, { $0.consents.isEmpty ? nil : $0.consents },
            "What is agreed to, each as `name@version`: every document that the realm requires must be among them."),
        Field(
            optional: "attributes", .anyObject, inExample: false, \.attributes,
            "What the realm's profile schema asks for, by name."))
    static let output = TokenReply.schema

    private static let username = Schema.text(bytes: 0...1_024, example: "ana")
        .described(as: .text(characters: 1...1_024, bytes: 1...1_024, example: "ana"))
    private static let email = Schema.text(bytes: 0...1_024, example: "ana@example.com")
        .described(as: .text(characters: 1...1_024, bytes: 1...1_024, example: "ana@example.com"))
    private static let consents = Schema.array(.text(bytes: 1...128, example: "terms@2"), count: 0...64)
    private static let policy = PasswordPolicy.standard
    private static let password = Schema.secret(bytes: 0...4_096, example: "correct horse battery staple")
        .described(
            as: .secret(
                characters: policy.minimumLength...policy.maximumBytes,
                bytes: policy.minimumLength...policy.maximumBytes, example: "correct horse battery staple"))

    func callAsFunction(
        _ input: (SignUp.Input, (TransportWish, SolutionWish)), _ caller: Visitor
    ) async throws(StoreFault) -> Answer<TokenReply, Refusal> {
        let transport: Transport
        switch caller.transport(input.1.0.transport) {
        case .success(let chosen): transport = chosen
        case .failure(let refusal): return .refused(.transport(refusal))
        }
        let account = input.0.speaking(Language(preferredBy: caller.request.headers)).with(input.1.1.proof)
        switch try await signUp(account, in: caller.realm, from: caller.source, as: transport) {
        case .signedUp(let signedIn):
            return .success(TokenReply("User registered successfully", signedIn), cookies: caller.cookies(signedIn))
        case .pending(let ticket): return .accepted(AcceptedReply(ticket: ticket))
        case .refused(let refusal): return .refused(.other(refusal))
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
        let input = SignUp.Input(
            username: name ?? "", email: address ?? "", password: secret ?? Secret([]),
            consents: member("consents", Self.consents) ?? [], attributes: member("attributes", .anyObject))
        return signUp.problems(of: input, in: caller.realm)
    }
}
