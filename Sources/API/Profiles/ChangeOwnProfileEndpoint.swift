internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `PATCH /api/auth/profile`.
struct ChangeOwnProfileEndpoint: Endpoint {
    typealias Refusal = ChangeProfile.Refusal
    let change: ChangeProfile

    static let sentence = "Changes what the body names of the caller's own profile."
    static let requestFields = [ExpectedVersion.field]
    static let input = Intake.json(ProfilePatch.schema)
    static let output = ProfileReply.schema

    func callAsFunction(
        _ input: JSON, _ caller: Member
    ) async throws(StoreFault) -> Answer<ProfileReply, ChangeProfile.Refusal> {
        let outcome = try await change(
            input, of: caller.principal.user.id.text, in: caller.realm,
            ifVersion: ExpectedVersion(caller.request.headers).version, by: .owner(Actor(caller)))
        switch outcome {
        case .done(let profile, _): return .success(ProfileReply(profile: profile))
        case .refused(let refusal): return .refused(refusal)
        }
    }
}
