internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `DELETE /api/auth/sessions/{id}`.
struct EndOwnSessionEndpoint: Endpoint {
    typealias Refusal = NotThere
    let endSession: EndSession

    static let sentence = "Ends one of the caller's own sessions, such as that of a device that was lost."
    static let setsCookies = true
    static let input: Intake<PathID<Session>> = .path(PathID.schema("As the list names it."))
    static let output = EndedReply.schema

    func callAsFunction(
        _ input: PathID<Session>, _ caller: Member
    ) async throws(StoreFault) -> Answer<EndedReply, NotThere> {
        let own = caller.principal
        let outcome = try await endSession(
            input.id, of: own.user.id, in: caller.realm.name, by: Actor(caller))
        switch outcome {
        case .ended(_, let count):
            let isCurrent = input.id == own.session
            return .success(
                EndedReply(message: "Session ended", ended: count),
                cookies: isCurrent ? SessionCookies(caller.realm).removal(from: caller) : [])
        // What is over is as little there as what never was, or is somebody else's.
        case .wasOver, .noSuchSession, .refused: return .refused(.notThere)
        }
    }
}
