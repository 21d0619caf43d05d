internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// `POST /api/admin/api-keys`.
struct CreateAPIKeyEndpoint: Endpoint {
    let createAPIKey: CreateAPIKey

    struct Input: Sendable {
        let name: String
        let permissions: [String]?
        let networks: [String]?
        let expiresAt: Timestamp?

        var wish: CreateAPIKey.Input {
            CreateAPIKey.Input(
                name: name, permissions: permissions ?? [], networks: networks ?? [],
                expires: expiresAt.map { .at($0) } ?? .never)
        }
    }

    typealias Refusal = CreationProblem<KeyProblem>

    enum KeyProblem: ClientError {
        case invalid([FieldProblem])
        case exists
        case notHeld

        static var allCases: [Self] { [.invalid([]), .exists, .notHeld] }

        var problem: Problem {
            switch self {
            case .invalid(let problems): .validation(problems)
            case .exists: .apiKeyExists
            case .notHeld: .notHeld
            }
        }
    }

    static let sentence = "Makes an API key for a program. Its text is in the answer, and is not told again."
    static let status = 201
    static let requestFields = [IdempotencyKey.requestField]
    static let input: Intake<Input> = .json(
        .object(
            Input.init(name:permissions:networks:expiresAt:),
            Field("name", name, \.name, "1 to 64 letters, digits, `_`, `-` or `.`, beginning with a letter or digit."),
            Field(
                optional: "permissions", permissions, \.permissions,
                "What it may do, as `resource:action`; left out or empty, it may only verify."),
            Field(
                optional: "networks", networks, \.networks,
                "Addresses or CIDR blocks from which it may be used; left out or empty, from anywhere."),
            Field(optional: "expires_at", .timestamp, \.expiresAt, "From when on it is refused; left out for never.")))
    static let output = APIKeyMade.schema

    private static let name = Schema.text(bytes: 0...256, example: "nightly-backup")
        .described(as: .text(characters: 1...64, bytes: 1...64, example: "nightly-backup"))
    private static let permissions = Schema<[String]>.array(
        .text(bytes: 0...256, example: "messages:read"), count: 0...64)
    private static let networks = Schema<[String]>.array(.text(bytes: 0...64, example: "10.0.0.0/8"), count: 0...64)

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<APIKeyMade, Refusal> {
        guard case .request(let request) = caller.repeatable("create_api_key") else {
            return .refused(.notRepeated(.malformed))
        }
        switch try await createAPIKey(input.wish, in: caller.realm.name, by: Actor(caller), once: request) {
        case .created(let text, let key): return .success(APIKeyMade(key, text: text))
        case .refused(.invalid(let problems)): return .refused(.refused(.invalid(problems)))
        case .refused(.exists): return .refused(.refused(.exists))
        case .refused(.notHeld), .refused(.aboveOwnRank): return .refused(.refused(.notHeld))
        case .notRepeated(let refusal): return .refused(.notRepeated(RepeatProblem(refusal)))
        }
    }

    /// Checks the members that have the right shape.
    func furtherProblems(of body: JSON, _ caller: Authorized) async throws(StoreFault) -> [FieldProblem] {
        func member<Value>(_ name: String, _ schema: Schema<Value>) -> Value? {
            body[name].flatMap { try? schema.decode($0) }
        }
        let wish = Input(
            name: member("name", Self.name) ?? "", permissions: member("permissions", Self.permissions),
            networks: member("networks", Self.networks), expiresAt: member("expires_at", .timestamp)
        ).wish
        return try await createAPIKey.problems(of: wish, in: caller.realm.name)
    }
}
