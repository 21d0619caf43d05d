internal import Domain
internal import Flows
internal import Storage

/// `DELETE /api/auth/sessions`.
struct EndOtherSessionsEndpoint: Endpoint {
    typealias Refusal = NoRefusal
    let endSession: EndSession

    static let sentence = "Ends all of the caller's sessions but this one, and but those of applications beside it."
    static let input = Intake.nothing
    static let output = EndedReply.schema

    func callAsFunction(_ input: Void, _ caller: Member) async throws(StoreFault) -> Answer<EndedReply, NoRefusal> {
        let count = try await endSession.all(
            of: caller.principal.user.id.text, except: caller.principal.session, in: caller.realm.name,
            by: Actor(caller)
        ).count
        return .success(EndedReply(message: "Other sessions ended", ended: count))
    }
}
