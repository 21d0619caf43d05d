internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/delete-account/undo`.
struct UndoDeletionEndpoint: Endpoint {
    typealias Refusal = ProofNeeded<ProofRefusal>
    let undoDeletion: UndoDeletion

    static let sentence = "Takes an account up again that its owner had asked to be deleted. Signs nobody in."
    static let input: Intake<ProofFields> = .json(ProofFields.schema)
    static let output = MessageReply.schema

    func callAsFunction(
        _ input: ProofFields, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<MessageReply, Refusal> {
        guard let proof = input.proof else { return .refused(.missing) }
        switch try await undoDeletion(proof, in: caller.realm, from: caller.source) {
        case .undone: return .success(MessageReply(message: "Account kept; sign in again"))
        case .refused(let refusal): return .refused(.other(refusal))
        }
    }
}
