internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/register/resend`.
struct ResendConfirmationEndpoint: Endpoint {
    let resendConfirmation: ResendConfirmation

    struct Wish: Sendable {
        let ticket: String

        static let schema: Schema<Wish> = .object(
            Wish.init(ticket:),
            Field(
                "ticket", .text(bytes: 1...64, example: "3q2-7wAAAAAAAAAAAAAAAA"), \.ticket,
                "As it was answered at sign-up."))
    }

    enum Refusal: ClientError {
        case wait(Duration)

        static var allCases: [Self] { [.wait(.seconds(1))] }
        var problem: Problem {
            switch self {
            case .wait(let delay): .tooManyRequests(retryAfter: delay)
            }
        }
    }

    static let sentence = "Sends a sign-up's letter once more, with another link and code; the ticket stays."
    static let status = 202
    static let input: Intake<Wish> = .json(Wish.schema)
    static let output = AcceptedReply.schema

    func callAsFunction(_ input: Wish, _ caller: Visitor) async throws(StoreFault) -> Answer<AcceptedReply, Refusal> {
        switch try await resendConfirmation(ticket: input.ticket, in: caller.realm, from: caller.source) {
        case .sent: .success(AcceptedReply(ticket: input.ticket))
        case .wait(let delay): .refused(.wait(delay))
        }
    }
}
