internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/change-email`.
struct ChangeEmailEndpoint: Endpoint {
    typealias Refusal = RequestEmailChange.Refusal
    let requestEmailChange: RequestEmailChange

    struct Wish: Sendable {
        let email: String

        static let schema: Schema<Wish> = .object(
            Wish.init(email:),
            Field(
                "email", .text(bytes: 1...1_024, example: "ana@example.org"), \.email,
                "The address that the account is to have."))
    }

    static let sentence =
        "Sends a letter to a new address, which confirms it. The answer is the same where somebody else has the address."
    static let status = 202
    static let input: Intake<(Wish, CurrentPassword)> = .json(.both(Wish.schema, CurrentPassword.schema))
    static let output = AcceptedReply.schema

    func callAsFunction(
        _ input: (Wish, CurrentPassword), _ caller: Member
    ) async throws(StoreFault) -> Answer<AcceptedReply, Refusal> {
        let outcome = try await requestEmailChange(
            to: input.0.email, current: input.1.current, of: caller.principal, in: caller.realm, from: caller.source)
        switch outcome {
        case .sent(let ticket): return .success(AcceptedReply(ticket: ticket))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}
