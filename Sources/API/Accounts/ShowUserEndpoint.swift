internal import Domain
internal import Flows
internal import Storage

/// `GET /api/admin/users/{id}`.
struct ShowUserEndpoint: Endpoint {
    typealias Refusal = NotThere
    let showUser: ShowUser

    static let sentence = "One user, with roles and permissions."
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = UserDetailReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<UserDetailReply, NotThere> {
        guard let detail = try await showUser(input.id.text, in: caller.realm.name) else { return .refused(.notThere) }
        return .success(UserDetailReply(detail.user, detail.grants))
    }
}
