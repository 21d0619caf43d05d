internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/verify-email`.
struct VerifyEmailEndpoint: Endpoint {
    typealias Refusal = ProofNeeded<ProofRefusal>
    let verifyEmail: VerifyEmail

    static let sentence = "Notes that somebody reads their address's mail."
    static let input: Intake<ProofFields> = .json(ProofFields.schema)
    static let output = MessageReply.schema

    func callAsFunction(
        _ input: ProofFields, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<MessageReply, Refusal> {
        guard let proof = input.proof else { return .refused(.missing) }
        switch try await verifyEmail(proof, in: caller.realm, from: caller.source) {
        case .verified: return .success(MessageReply(message: "Address verified"))
        case .refused(let refusal): return .refused(.other(refusal))
        }
    }
}
