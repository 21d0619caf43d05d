internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/forgot-password`.
struct ForgotPasswordEndpoint: Endpoint {
    typealias Refusal = ForgotPassword.Refusal
    let forgotPassword: ForgotPassword

    struct Wish: Sendable {
        let identifier: String

        static let schema: Schema<Wish> = .object(
            Wish.init(identifier:),
            Field(
                "username_or_email", .text(bytes: 1...1_024, example: "ana@example.com"), \.identifier,
                "Either of the two, in any case."))
    }

    static let sentence =
        "Sends a letter to set a new password with. The answer is the same whether there is an account or not."
    static let status = 202
    static let input: Intake<Wish> = .json(Wish.schema)
    static let output = AcceptedReply.schema

    func callAsFunction(_ input: Wish, _ caller: Visitor) async throws(StoreFault) -> Answer<AcceptedReply, Refusal> {
        switch try await forgotPassword(identifier: input.identifier, in: caller.realm, from: caller.source) {
        case .sent(let ticket): .success(AcceptedReply(ticket: ticket))
        case .refused(let refusal): .refused(refusal)
        }
    }
}
