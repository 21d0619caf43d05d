internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `POST /api/auth/refresh`.
struct RefreshEndpoint: Endpoint {
    let refresh: Refresh

    struct Input: Sendable {
        let refreshToken: Secret?
    }

    enum Refusal: ClientError {
        case refused(Refresh.Refusal)
        case transport(TransportRefusal)
        /// Two tokens may be two people's.
        case bothPlaces
        /// A site on a sibling host may have planted one of them.
        case repeatedCookie
        case missing

        static var allCases: [Self] {
            Refresh.Refusal.allCases.map(Self.refused) + TransportRefusal.allCases.map(Self.transport)
                + [.bothPlaces, .repeatedCookie, .missing]
        }

        var problem: Problem {
            switch self {
            case .refused(let refusal): refusal.problem
            case .transport(let refusal): refusal.problem
            case .bothPlaces: Self.ambiguous("Send the refresh token in the body or as a cookie, not both")
            case .repeatedCookie: Self.ambiguous("The refresh cookie was sent more than once")
            case .missing:
                .validation([
                    FieldProblem(
                        field: "refresh_token", code: FieldFault.missing.code, message: FieldFault.missing.message)
                ])
            }
        }

        private static func ambiguous(_ message: String) -> Problem {
            Problem(status: 400, code: "ambiguous_credentials", message: message)
        }
    }

    static let sentence = "Trades the newest refresh token, or the refresh cookie, for the next pair."
    static let setsCookies = true
    static let input: Intake<Input> = .optionalJSON(
        .object(
            Input.init(refreshToken:),
            Field(
                optional: "refresh_token", .secret(bytes: 1...512, example: "AQAAAZNvPoorfE2e…"), \.refreshToken,
                "The newest one that this client received; left out, with or without the body, where the refresh cookie is sent."
            )), absent: Input(refreshToken: nil))
    static let output = TokenReply.schema

    func callAsFunction(_ input: Input, _ caller: Visitor) async throws(StoreFault) -> Answer<TokenReply, Refusal> {
        let cookies = SessionCookies(caller.realm)
        switch (input.refreshToken, cookies.refreshToken(in: caller.request)) {
        case (_, .repeated): return .refused(.repeatedCookie)
        case (_?, .value): return .refused(.bothPlaces)
        case (nil, .absent): return .refused(.missing)
        case (let token?, .absent): return try await answer(token.exposed[...], as: .token, caller)
        case (nil, .value(let token)):
            // What no page of ours sent must not cost anybody their cookies.
            if let problem = Problem(missingProofOf: caller.request, in: caller.realm) {
                return .refused(.transport(.sameOriginRequired(problem)))
            }
            return switch try await answer(token, as: .cookie, caller) {
            case .success(let reply, let set): .success(reply, cookies: set)
            case .accepted(let reply): .accepted(reply)
            case .refused(let refusal, _): .refused(refusal, cookies: cookies.removal)
            }
        }
    }

    private func answer(
        _ token: ArraySlice<UInt8>, as transport: Transport, _ caller: Visitor
    ) async throws(StoreFault) -> Answer<TokenReply, Refusal> {
        guard caller.realm.rules.transports.contains(transport) else {
            return .refused(.transport(.notAllowed(transport)))
        }
        let text = String(decoding: token, as: UTF8.self)
        switch try await refresh(text, in: caller.realm, from: caller.source, as: transport) {
        case .issued(let signedIn):
            return .success(TokenReply("Token refreshed", signedIn), cookies: caller.cookies(signedIn))
        case .refused(let refusal): return .refused(.refused(refusal))
        }
    }
}
