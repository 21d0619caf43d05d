internal import Domain
internal import Flows
internal import Storage

/// `GET /api/admin/users/{id}/sessions`.
struct UserSessionsEndpoint: Endpoint {
    typealias Refusal = NotThere
    typealias Input = (PathID<User>, SessionPaging)
    let listSessions: ListSessions

    static let sentence = "Where a user is signed in."
    static let input: Intake<Input> = .path(
        PathID.schema("The user's id."), and: .query(SessionPaging.schema), { ($0, $1) })
    static let output = SessionPage.schema

    func callAsFunction(_ input: Input, _ caller: Authorized) async throws(StoreFault) -> Answer<SessionPage, NotThere>
    {
        let (user, paging) = input
        let outcome = try await listSessions(
            of: user.id.text, in: caller.realm.name, after: paging.after, limit: paging.count)
        switch outcome {
        case .page(let sessions, _, let next):
            return .success(SessionPage(sessions, next: next, asked: caller.result.session))
        case .noSuchUser: return .refused(.notThere)
        }
    }
}
