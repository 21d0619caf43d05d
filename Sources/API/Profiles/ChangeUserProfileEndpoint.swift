internal import Domain
internal import Flows
internal import HTTP
internal import Standards
internal import Storage

/// `PATCH /api/admin/users/{id}/profile`.
struct ChangeUserProfileEndpoint: Endpoint {
    typealias Refusal = ForeignProfileRefusal<ChangeProfile.Refusal>
    let change: ChangeProfile

    struct Input: Sendable {
        let user: ID<User>
        let patch: JSON
    }

    static let sentence =
        "Changes what the body names of a user's profile, for administrators and whoever holds `profiles:write`."
    static let requestFields = [ExpectedVersion.field]
    static let input: Intake<Input> = .path(PathID<User>.schema("The user's id."), and: .json(ProfilePatch.schema)) {
        Input(user: $0.id, patch: $1)
    }
    static let output = ProfileReply.schema

    func callAsFunction(
        _ input: Input, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<ProfileReply, Refusal> {
        let editor: ProfileEditor
        switch ProfileAccess(caller, needing: .profilesWrite) {
        case .granted(let granted): editor = granted
        case .refused(let pair): return .refused(.notAllowed(pair))
        }
        let outcome = try await change(
            input.patch, of: input.user.text, in: caller.realm,
            ifVersion: ExpectedVersion(caller.request.headers).version, by: editor)
        switch outcome {
        case .done(let profile, _): return .success(ProfileReply(profile: profile))
        case .refused(let refusal): return .refused(.other(refusal))
        }
    }
}
