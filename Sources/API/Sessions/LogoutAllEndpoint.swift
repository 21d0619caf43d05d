internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// `POST /api/auth/logout-all`.
struct LogoutAllEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let endSession: EndSession

    static let sentence = "Ends all of the caller's sessions, this one too."
    static let setsCookies = true
    static let input = Intake.nothing
    static let output = EndedReply.schema

    func callAsFunction(_ input: Void, _ caller: Member) async throws(StoreFault) -> Answer<EndedReply, NoRefusal> {
        let count = try await endSession.all(
            of: caller.principal.user.id.text, in: caller.realm.name, by: Actor(caller)
        ).count
        return .success(
            EndedReply(message: "Logged out everywhere", ended: count),
            cookies: SessionCookies(caller.realm).removal(from: caller))
    }
}
