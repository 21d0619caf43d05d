internal import Domain
internal import Flows
internal import Storage

/// `GET /api/auth/profile`.
struct OwnProfileEndpoint: Endpoint {
    typealias Refusal = NotThere
    let read: ReadProfile

    static let sentence = "The caller's own profile."
    static let input = Intake.nothing
    static let output = ProfileReply.schema

    func callAsFunction(_ input: Void, _ caller: Member) async throws(StoreFault) -> Answer<ProfileReply, NotThere> {
        let user = caller.principal.user.id.text
        guard let profile = try await read(of: user, in: caller.realm, by: .owner(Actor(caller))) else {
            return .refused(.notThere)
        }
        return .success(ProfileReply(profile: profile))
    }
}
