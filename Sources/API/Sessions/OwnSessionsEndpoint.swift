internal import Domain
internal import Flows
internal import Storage

/// `GET /api/auth/sessions`.
struct OwnSessionsEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let listSessions: ListSessions

    static let sentence = "Where the caller is signed in."
    static let input: Intake<SessionPaging> = .query(SessionPaging.schema)
    static let output = SessionPage.schema

    func callAsFunction(
        _ input: SessionPaging, _ caller: Member
    ) async throws(StoreFault) -> Answer<SessionPage, NoRefusal> {
        let own = caller.principal
        let outcome = try await listSessions(
            of: own.user.id.text, in: caller.realm.name, after: input.after, limit: input.count)
        switch outcome {
        case .page(let sessions, _, let next): return .success(SessionPage(sessions, next: next, asked: own.session))
        case .noSuchUser: return .success(SessionPage([], next: nil, asked: own.session))
        }
    }
}
