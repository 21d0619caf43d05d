internal import Domain
internal import Flows
internal import Storage

/// `DELETE /api/admin/sessions/{id}`.
struct EndSessionEndpoint: Endpoint {
    typealias Refusal = NamedUserRefusal
    let endSession: EndSession

    static let sentence = "Ends a session of any user."
    static let input: Intake<PathID<Session>> = .path(PathID.schema("As the list of the user's sessions names it."))
    static let output = EndedReply.schema

    func callAsFunction(
        _ input: PathID<Session>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<EndedReply, NamedUserRefusal> {
        switch try await endSession(input.id, in: caller.realm.name, by: Actor(caller)) {
        case .ended(_, let count): .success(EndedReply(message: "Session ended", ended: count))
        case .wasOver, .noSuchSession: .refused(.notThere)
        case .refused(let refusal): .refused(.deed(refusal))
        }
    }
}

extension Actor {
    init(_ member: Member) { self.init(member.principal, provenBy: member.provenBy, from: member.source) }

    init(_ caller: Authorized) { self.init(caller.result, from: caller.source) }
}

extension EndSession.AllOutcome {
    /// Of somebody who is gone meanwhile, none.
    var count: Int64 {
        switch self {
        case .ended(let count, _): count
        case .noSuchUser, .refused: 0
        }
    }
}
