internal import Domain
internal import Flows
internal import Storage

/// `GET /api/admin/users/{id}/profile`.
struct UserProfileEndpoint: Endpoint {
    typealias Refusal = ForeignProfileRefusal<NotThere>
    let read: ReadProfile

    static let sentence = "A user's profile, for administrators and whoever holds `profiles:read`."
    static let input: Intake<PathID<User>> = .path(PathID.schema("The user's id."))
    static let output = ProfileReply.schema

    func callAsFunction(
        _ input: PathID<User>, _ caller: Authorized
    ) async throws(StoreFault) -> Answer<ProfileReply, Refusal> {
        let editor: ProfileEditor
        switch ProfileAccess(caller, needing: .profilesRead) {
        case .granted(let granted): editor = granted
        case .refused(let pair): return .refused(.notAllowed(pair))
        }
        guard let profile = try await read(of: input.id.text, in: caller.realm, by: editor) else {
            return .refused(.other(.notThere))
        }
        return .success(ProfileReply(profile: profile))
    }
}
