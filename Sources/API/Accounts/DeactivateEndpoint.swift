internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/deactivate`.
struct DeactivateEndpoint: Endpoint {
    typealias Refusal = OwnEndingRefusal
    let deactivate: Deactivate

    static let sentence = "Lays the caller's account down until they take it up again; every session ends."
    static let setsCookies = true
    static let input: Intake<(CurrentPassword, Confirmed)> = .json(.both(CurrentPassword.schema, Confirmed.schema))
    static let output = MessageReply.schema

    func callAsFunction(
        _ input: (CurrentPassword, Confirmed), _ caller: Member
    ) async throws(StoreFault) -> Answer<MessageReply, Refusal> {
        let outcome = try await deactivate(
            current: input.0.current, of: caller.principal, provenBy: caller.provenBy, in: caller.realm,
            from: caller.source)
        switch outcome {
        case .deactivated:
            return .success(
                MessageReply(message: "Account deactivated"),
                cookies: SessionCookies(caller.realm).removal(from: caller))
        case .refused(let refusal): return .refused(.reproof(refusal))
        case .lastAdministrator: return .refused(.lastAdministrator)
        }
    }
}
