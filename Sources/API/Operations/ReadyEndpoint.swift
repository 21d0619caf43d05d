internal import Flows
internal import Storage

/// `GET /ready`: whether requests should be sent here. Unlike `/health` it asks what the server stands on.
struct ReadyEndpoint: Endpoint {
    let failedChecks: @Sendable () async -> [String]

    struct Reply: Sendable {
        let status: String
    }

    /// Says which checks failed and nothing about why: the reasons are in the system log.
    enum Refusal: ClientError {
        case notReady([String])

        static var allCases: [Refusal] { [.notReady([])] }

        var problem: Problem {
            switch self {
            case .notReady(let checks):
                Problem(
                    status: 503, code: "not_ready", message: "Not ready",
                    details: checks.map { FieldProblem(field: "checks", code: "failed", message: $0) },
                    retryAfter: .seconds(1))
            }
        }
    }

    static let sentence = "Whether requests should be sent to this server."
    static let input = Intake.nothing
    static let output: Schema<Reply> = .object(
        Reply.init(status:), Field("status", .text(example: "ready"), \.status, "Always `ready`."))

    func callAsFunction(_ input: Void, _ caller: Visitor) async throws(StoreFault) -> Answer<Reply, Refusal> {
        let failed = await failedChecks()
        return failed.isEmpty ? .success(Reply(status: "ready")) : .refused(.notReady(failed))
    }
}
