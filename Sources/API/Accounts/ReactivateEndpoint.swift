internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/reactivate`.
struct ReactivateEndpoint: Endpoint {
    typealias Refusal = HandoutRefusal<SignIn.Refusal>
    let reactivate: Reactivate

    static let sentence =
        "Takes an account up again that its owner deactivated or asked to be deleted, and signs them in."
    static let setsCookies = true
    static let input: Intake<(LoginEndpoint.Attempt, TransportWish)> = .json(
        .both(LoginEndpoint.credentials, TransportWish.schema))
    static let output = TokenReply.schema

    func callAsFunction(
        _ input: (LoginEndpoint.Attempt, TransportWish), _ caller: Visitor
    ) async throws(StoreFault) -> Answer<TokenReply, Refusal> {
        let transport: Transport
        switch caller.transport(input.1.transport) {
        case .success(let chosen): transport = chosen
        case .failure(let refusal): return .refused(.transport(refusal))
        }
        let outcome = try await reactivate(
            identifier: input.0.identifier, password: input.0.password, in: caller.realm, from: caller.source,
            as: transport, device: SessionCookies(caller.realm).deviceMark(in: caller.request))
        switch outcome {
        case .signedIn(let signedIn):
            return .success(TokenReply("Account reactivated", signedIn), cookies: caller.cookies(signedIn))
        case .refused(let refusal): return .refused(.other(refusal))
        }
    }
}
