internal import Domain
internal import Flows
internal import Storage

/// `POST /api/auth/refresh`.
struct RefreshEndpoint: Endpoint {
    let refresh: Refresh

    struct Input: Sendable {
        let refreshToken: Secret
    }

    static let sentence = "Trades the newest refresh token for the next pair of tokens."
    static let input: Intake<Input> = .json(
        .object(
            Input.init(refreshToken:),
            Field(
                "refresh_token", .secret(bytes: 1...512, example: "AQAAAZNvPoorfE2e…"), \.refreshToken,
                "The newest one that this client received.")))
    static let output = TokenReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<TokenReply, Refresh.Refusal> {
        let text = String(decoding: input.refreshToken.exposed, as: UTF8.self)
        switch try await refresh(text, in: caller.realm, from: caller.source) {
        case .issued(let signedIn): return .success(TokenReply("Token refreshed", signedIn))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}
