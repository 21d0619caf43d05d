internal import Domain
internal import Flows
internal import Storage

/// `DELETE /api/admin/users/{id}/sessions`.
struct EndUserSessionsEndpoint: Endpoint {
    typealias Refusal = NamedUserRefusal
    let endSession: EndSession

    static let sentence = "Ends all sessions of a user."
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = EndedReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<EndedReply, NamedUserRefusal> {
        switch try await endSession.all(of: input.id.text, in: caller.realm.name, by: Actor(caller)) {
        case .ended(let count, _): .success(EndedReply(message: "Sessions ended", ended: count))
        case .noSuchUser: .refused(.notThere)
        case .refused(let refusal): .refused(.deed(refusal))
        }
    }
}
