internal import Domain
internal import Flows
internal import HTTP

extension Route {
    /// People's attributes: one's own, and those of others for administrators and programs with the permission.
    static func ofProfiles(_ flows: UseCases, _ prefix: String) -> [Route] {
        let own = "\(prefix)/auth/profile"
        let theirs = "\(prefix)/admin/users/{id}/profile"
        let profiles = flows.profiles
        return [
            Route(.get, own, .signedIn, OwnProfileEndpoint(read: profiles.read)),
            Route(.patch, own, .signedIn, bodyLimit: 65_536, ChangeOwnProfileEndpoint(change: profiles.change)),
            Route(.get, "\(own)/schema", .open, ProfileSchemaEndpoint()),
            Route(.get, theirs, .proven, UserProfileEndpoint(read: profiles.read)),
            Route(.patch, theirs, .proven, bodyLimit: 65_536, ChangeUserProfileEndpoint(change: profiles.change)),
            Route(.post, "\(prefix)/admin/find-user", .proven, FindUserEndpoint(find: profiles.find)),
        ]
    }
}
