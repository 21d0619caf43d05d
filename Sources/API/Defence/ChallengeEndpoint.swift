internal import Domain
internal import Flows
internal import Storage

/// `GET /api/auth/challenge`.
struct ChallengeEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let proofOfWork: ProofOfWork

    static let sentence = "Work to be done before an account is made, where the realm asks for any."
    static let input = Intake.nothing
    static let output: Schema<ProofOfWork.Challenge> = .written(
        Field("algorithm", .text(example: "SHA-256"), { _ in ProofOfWork.algorithm }, "Always."),
        Field(
            "challenge", .text(example: "Zm9vYmFyYmF6cXV4cXV1eAAAAZPLtuAAEpJq1x8tJ0mQx3o9o2gq3Uc"), \.text,
            "To be sent back with its solution; good once."),
        Field(
            "difficulty", .integer(0...30, example: 18), { Int64($0.difficulty) },
            "With how many zero bits the SHA-256 of `challenge`, a dot and `solution` must begin; 0 where nothing is asked for."
        ),
        Field("expires_at", .text(example: "2026-01-31T18:30:00.000Z"), \.expiresAt.iso8601, "Until when it is good.")
    ).named("Challenge")

    func callAsFunction(
        _ input: Void, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<ProofOfWork.Challenge, NoRefusal> {
        .success(proofOfWork.challenge(in: caller.realm))
    }
}

/// The members `challenge` and `solution` of a request.
struct SolutionWish: Sendable {
    let challenge: String?
    let solution: String?

    var proof: ProofOfWork.Solution? {
        challenge.flatMap { challenge in
            solution.map { ProofOfWork.Solution(challenge: challenge, solution: $0) }
        }
    }

    static let schema: Schema<SolutionWish> = .object(
        SolutionWish.init(challenge:solution:),
        Field(
            optional: "challenge", .text(bytes: 1...128, example: "Zm9vYmFyYmF6"), inExample: false, \.challenge,
            "As `GET /api/auth/challenge` gave it, where the realm asks for work."),
        Field(
            optional: "solution", .text(bytes: 1...ProofOfWork.longestSolution, example: "183921"), inExample: false,
            \.solution, "A text that solves it."))
}
