internal import Domain
internal import Flows
internal import Storage

/// `POST /api/admin/users/{id}/erase`.
struct EraseUserEndpoint: Endpoint {
    typealias Input = (PathID<User>, Confirmation)
    let eraseUser: EraseUser
    let prove: ProveAdministrator

    enum Refusal: ClientError {
        case notThere
        case notProven(ReproofRefusal)
        case deed(DeedRefusal)

        static var allCases: [Self] {
            [.notThere] + ReproofRefusal.allCases.map(Self.notProven) + DeedRefusal.allCases.map(Self.deed)
        }

        var problem: Problem {
            switch self {
            case .notThere: .notFound
            case .notProven(let refusal): refusal.problem
            case .deed(let refusal): refusal.problem
            }
        }
    }

    /// What only somebody sends who means it.
    struct Confirmation: Sendable {
        let user: ID<User>
        let current: Secret?

        static let schema: Schema<Confirmation> = .object(
            Confirmation.init(user:current:), Field("confirm", .identifier(), \.user, "The user's id once more."),
            Field(
                optional: "current_password", .secret(bytes: 1...4_096, example: "correct horse battery staple"),
                \.current, "The administrator's own; not needed for a while after sign-in, nor by programs."))
    }

    static let sentence = "Erases a person for good: account, attributes, sessions, and their part of every event."
    static let input: Intake<Input> = .path(
        PathID.schema("The user's id."), and: .json(Confirmation.schema), { ($0, $1) })
    static let output = ErasureReply.schema

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<ErasureReply, Refusal>
    {
        let (path, confirmation) = input
        guard path.id == confirmation.user else { return .refused(.notThere) }
        let refusal = try await prove(
            caller.result, password: confirmation.current, in: caller.realm, from: caller.source)
        if let refusal { return .refused(.notProven(refusal)) }
        switch try await eraseUser(path.id.text, in: caller.realm, by: Actor(caller)) {
        case .erased(let report): return .success(ErasureReply(report: report))
        case .noSuchUser: return .refused(.notThere)
        case .refused(let refusal): return .refused(.deed(refusal))
        }
    }
}

struct ErasureReply: Sendable {
    let report: ErasureReport

    static let schema: Schema<ErasureReply> = .written(
        Field("user_id", .identifier(), \.report.user, "Whom; nothing else of them is kept."),
        Field("erased_at", .timestamp, \.report.erasedAt, "From then on nobody can read it here."),
        Field(
            "database_clean", .boolean(example: true), \.report.isOutOfDatabase,
            "Whether the database's own files hold nothing of it any more; false where PostgreSQL's operator has to see to that."
        ),
        Field(
            "unreadable_from", .nullable(.timestamp), \.report.backupsEnd,
            "When the last backup with the person is gone; null where the realm's `privacy.backup_retention_days` is not set."
        )
    ).named("Erasure")
}
