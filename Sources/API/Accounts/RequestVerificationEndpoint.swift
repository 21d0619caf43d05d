internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/verify-email/request`.
struct RequestVerificationEndpoint: Endpoint {
    let requestVerification: RequestVerification

    enum Refusal: ClientError {
        case alreadyVerified
        case wait(Duration)

        static var allCases: [Self] { [.alreadyVerified, .wait(.seconds(1))] }
        var problem: Problem {
            switch self {
            case .alreadyVerified:
                Problem(status: 409, code: "already_verified", message: "The address is verified already")
            case .wait(let delay): .tooManyRequests(retryAfter: delay)
            }
        }
    }

    static let sentence = "Sends the caller a letter that proves their address."
    static let status = 202
    static let input = Intake.nothing
    static let output = AcceptedReply.schema

    func callAsFunction(_ input: Void, _ caller: Member) async throws(StoreFault) -> Answer<AcceptedReply, Refusal> {
        switch try await requestVerification(caller.principal, in: caller.realm, from: caller.source) {
        case .sent(let ticket): .success(AcceptedReply(ticket: ticket))
        case .alreadyVerified: .refused(.alreadyVerified)
        case .wait(let delay): .refused(.wait(delay))
        }
    }
}
