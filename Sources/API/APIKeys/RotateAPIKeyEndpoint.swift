internal import Domain
internal import Flows
internal import Storage

/// `POST /api/admin/api-keys/{id}/rotate`.
struct RotateAPIKeyEndpoint: Endpoint {
    let rotateAPIKey: RotateAPIKey

    struct Input: Sendable {
        let key: ID<APIKey>
        let overlap: Int64?
    }

    struct Body: Sendable { let overlap: Int64? }

    enum Refusal: ClientError {
        case noSuchKey
        case revoked
        case expired
        case invalid([FieldProblem])
        case notHeld

        static var allCases: [Self] { [.noSuchKey, .revoked, .expired, .invalid([]), .notHeld] }

        var problem: Problem {
            switch self {
            case .noSuchKey: .notFound
            case .revoked: .apiKeyRevoked
            case .expired: .apiKeyExpired
            case .invalid(let problems): .validation(problems)
            case .notHeld: .notHeld
            }
        }
    }

    static let sentence =
        "Gives an API key another text, which is not told again; the one before is good besides for a while."
    static let input: Intake<Input> = .path(APIKeyPath.schema, and: .optionalJSON(body, absent: Body(overlap: nil))) {
        Input(key: $0, overlap: $1.overlap)
    }
    static let output = APIKeyMade.schema

    private static let body: Schema<Body> = .object(
        Body.init(overlap:),
        Field(
            optional: "overlap_seconds", .integer(0...7_776_000, example: 86_400), \.overlap,
            "For how long the text before is good besides; a day unless told, 0 for not at all."))

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<APIKeyMade, Refusal> {
        let overlap = input.overlap.map { Duration.seconds($0) } ?? RotateAPIKey.standardOverlap
        switch try await rotateAPIKey(input.key, overlap: overlap, in: caller.realm.name, by: Actor(caller)) {
        case .rotated(let text, let key): return .success(APIKeyMade(key, text: text))
        case .noSuchKey: return .refused(.noSuchKey)
        case .revoked: return .refused(.revoked)
        case .expired: return .refused(.expired)
        case .invalid(let problems): return .refused(.invalid(problems))
        case .notHeld: return .refused(.notHeld)
        }
    }
}
