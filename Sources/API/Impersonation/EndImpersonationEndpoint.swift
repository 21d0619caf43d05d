internal import Domain
internal import Flows
internal import Storage

/// `DELETE /api/system/realms/{realm}/impersonations/{id}`.
struct EndImpersonationEndpoint: Endpoint {
    typealias Refusal = NotThere
    let end: EndImpersonation

    struct Place: Sendable {
        let realm: RealmName
        let id: ID<Impersonation>

        static let schema: Schema<Place> = .object(
            Place.init(realm:id:), Field("realm", RealmPath.realm, \.realm, "The realm's name."),
            Field("id", .identifier(), \.id, "The impersonation's id."))
    }

    static let sentence = "Ends an impersonation; its tokens are refused from the next request on."
    static let input: Intake<Place> = .path(Place.schema)
    static let output = MessageReply.schema

    func callAsFunction(_ input: Place, _ caller: Member) async throws(StoreFault) -> Answer<MessageReply, NotThere> {
        let actor = Actor(caller.principal, provenBy: caller.provenBy, from: caller.source)
        switch try await end(input.id, in: input.realm, by: actor) {
        case .ended: return .success(MessageReply(message: "Impersonation ended"))
        case .wasOver: return .success(MessageReply(message: "The impersonation was over already"))
        case .noSuchImpersonation: return .refused(.notThere)
        }
    }
}
