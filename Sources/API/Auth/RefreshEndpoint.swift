public import Domain
public import Flows
public import Storage

/// `POST /api/auth/refresh`.
public struct RefreshEndpoint: Endpoint {
    let refresh: Refresh

    public struct Input: Sendable {
        let refreshToken: Secret
    }

    public static let sentence = "Trades the newest refresh token for the next pair of tokens."
    public static let input = Intake.json(
        Schema.object(
            Input.init(refreshToken:),
            Field(
                "refresh_token", .secret(bytes: 1...512, example: "AQAAAZNvPoorfE2e…"), \.refreshToken,
                "The newest one that this client received.")))
    public static let output = TokenReply.schema

    public func callAsFunction(
        _ input: Input, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<TokenReply, Refresh.Refusal> {
        let text = String(decoding: input.refreshToken.exposed, as: UTF8.self)
        switch try await refresh(text, in: caller.realm, from: caller.source) {
        case .issued(let signedIn): return .success(TokenReply("Token refreshed", signedIn))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}
