internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/change-email/undo`.
struct UndoEmailChangeEndpoint: Endpoint {
    typealias Refusal = ProofNeeded<ProofRefusal>
    let undoEmailChange: UndoEmailChange

    static let sentence =
        "Gives an account the address back that it had, ends its sessions and its password, and sends a letter to set another."
    static let status = 202
    static let input: Intake<ProofFields> = .json(ProofFields.schema)
    static let output = AcceptedReply.schema

    func callAsFunction(
        _ input: ProofFields, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<AcceptedReply, Refusal> {
        guard let proof = input.proof else { return .refused(.missing) }
        switch try await undoEmailChange(proof, in: caller.realm, from: caller.source) {
        case .undone(let ticket): return .success(AcceptedReply(ticket: ticket))
        case .refused(let refusal): return .refused(.other(refusal))
        }
    }
}
