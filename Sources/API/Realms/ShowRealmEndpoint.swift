internal import Flows
internal import HTTP
internal import Storage

/// `GET /api/system/realms/{realm}`.
struct ShowRealmEndpoint: Endpoint {
    typealias Refusal = NotThere
    let showRealm: ShowRealm

    static let sentence = "One realm: what it decides itself, and what holds."
    static let input: Intake<RealmPath> = .path(RealmPath.schema)
    static let output = RealmReply.schema

    func callAsFunction(_ input: RealmPath, _ caller: Authorized) async throws(StoreFault) -> Answer<
        RealmReply, NotThere
    > {
        guard let state = try await showRealm(input.name) else { return .refused(.notThere) }
        return .success(RealmReply(state))
    }
}
