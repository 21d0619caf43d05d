internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/reset-password`.
struct ResetPasswordEndpoint: Endpoint {
    typealias Refusal = ProofNeeded<ResetPassword.Refusal>
    let resetPassword: ResetPassword

    static let sentence = "Sets a new password with what a letter carried: one that was asked for, or an invitation."
    static let input: Intake<(ProofFields, ChosenPassword)> = .json(.both(ProofFields.schema, ChosenPassword.schema))
    static let output = MessageReply.schema

    func callAsFunction(
        _ input: (ProofFields, ChosenPassword), _ caller: Visitor
    ) async throws(StoreFault) -> Answer<MessageReply, Refusal> {
        guard let proof = input.0.proof else { return .refused(.missing) }
        switch try await resetPassword(proof, password: input.1.password, in: caller.realm, from: caller.source) {
        case .reset: return .success(MessageReply(message: "Password set; sign in with it"))
        case .refused(let refusal): return .refused(.other(refusal))
        }
    }
}
