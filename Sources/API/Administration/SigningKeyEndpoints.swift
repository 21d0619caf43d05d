internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// A signing key as administrators see it; nothing that signs.
struct SigningKeyReply: Sendable {
    let key: SigningKeySummary

    static let schema: Schema<SigningKeyReply> = .written(
        Field("kid", .text(example: "q83vEjRWeJCrze8S"), \.key.kid, "Its name in tokens and in `jwks.json`."),
        Field("algorithm", .text(example: "ES256"), \.key.algorithm, "RFC 7518 §3.1."),
        Field("state", .choice(), \.key.state, "`next`, `signing`, `verifying` or `retired`."),
        Field("published_at", .timestamp, \.key.publishedAt, "Since when clients can know it."),
        Field("signs_from", .timestamp, \.key.signsFrom, "From when on it signs."),
        Field(
            "signs_until", .nullable(.timestamp), \.key.signsUntil,
            "When the next one takes over; null while there is none."),
        Field(
            "retired_at", .nullable(.timestamp), \.key.retiredAt,
            "From when on nothing it signed is believed; null while that is not decided.")
    ).named("SigningKey")
}

/// `GET /api/admin/signing-keys`.
struct ListSigningKeysEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let listSigningKeys: ListSigningKeys

    struct Output: Sendable {
        let keys: [SigningKeyReply]
    }

    static let sentence = "The realm's signing keys, in the order in which they sign, retired ones included."
    static let input = Intake<Void>.nothing
    static let output: Schema<Output> = .written(
        Field("keys", .array(SigningKeyReply.schema, count: 0...100_000), \.keys, "Oldest first."))

    func callAsFunction(_ input: Void, _ caller: Authorized) async throws(StoreFault) -> Answer<Output, NoRefusal> {
        .success(Output(keys: try await listSigningKeys(in: caller.realm.name).map { SigningKeyReply(key: $0) }))
    }
}

/// `POST /api/admin/signing-keys/rotate`.
struct RotateSigningKeyEndpoint: Endpoint {
    let rotateSigningKey: RotateSigningKey

    enum Refusal: ClientError {
        case pending

        var problem: Problem {
            switch self {
            case .pending:
                Problem(status: 409, code: "next_key_pending", message: "The next key is published already")
            }
        }
    }

    static let sentence = "Publishes the next signing key, which takes over when every client has had time to learn it."
    static let status = 201
    static let input = Intake<Void>.nothing
    static let output: Schema<SigningKeyReply> = SigningKeyReply.schema

    func callAsFunction(
        _ input: Void, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<SigningKeyReply, Refusal> {
        switch try await rotateSigningKey(in: caller.realm, by: Actor(caller)) {
        case .published(let key): .success(SigningKeyReply(key: key))
        // On demand it is always due.
        case .pending, .notDue: .refused(.pending)
        }
    }
}

/// `POST /api/admin/signing-keys/{kid}/retire`.
struct RetireSigningKeyEndpoint: Endpoint {
    typealias Input = (Path, Manner)
    let retireSigningKey: RetireSigningKey

    struct Path: Sendable {
        let kid: String

        static let schema: Schema<Path> = .object(
            Path.init(kid:),
            Field("kid", .text(bytes: 1...256, example: "q83vEjRWeJCrze8S"), \.kid, "The key's name."))
    }

    struct Manner: Sendable {
        let atOnce: Bool?

        static let schema: Schema<Manner> = .object(
            Manner.init(atOnce:),
            Field(
                optional: "at_once", .boolean(example: false), \.atOnce,
                "For a key that was disclosed: its tokens are refused from the next request on."))
    }

    struct Output: Sendable {
        let key: SigningKeySummary
        let other: SigningKeySummary?

        static let schema: Schema<Output> = .written(
            Field("key", SigningKeyReply.schema, { SigningKeyReply(key: $0.key) }, "As it is now."),
            Field(
                "successor", .nullable(SigningKeyReply.schema), { $0.other.map { SigningKeyReply(key: $0) } },
                "The key that follows it, where there is a new one; otherwise null."))
    }

    enum Refusal: ClientError {
        case notThere
        case alreadyRetired

        var problem: Problem {
            switch self {
            case .notThere: .notFound
            case .alreadyRetired:
                Problem(status: 409, code: "already_retired", message: "The key is retired already")
            }
        }
    }

    static let sentence = "Ends a signing key: in good order, or at once where it may be in the wrong hands."
    static let input: Intake<Input> = .path(
        Path.schema, and: .optionalJSON(Manner.schema, absent: Manner(atOnce: nil)), { ($0, $1) })
    static let output = Output.schema

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<Output, Refusal> {
        let outcome = try await retireSigningKey(
            input.0.kid, atOnce: input.1.atOnce ?? false, in: caller.realm, by: Actor(caller))
        switch outcome {
        case .ends(let key, let successor): return .success(Output(key: key, other: successor))
        case .ended(let key, let replacement): return .success(Output(key: key, other: replacement))
        case .withdrawn(let key): return .success(Output(key: key, other: nil))
        case .noSuchKey: return .refused(.notThere)
        case .alreadyRetired: return .refused(.alreadyRetired)
        }
    }
}
