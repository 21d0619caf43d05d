internal import Domain
internal import Flows
internal import HTTP

extension Route {
    /// What people agree to, what is known of them, and their end.
    static func ofPrivacy(
        _ flows: PrivacyFlows, _ prove: ProveAdministrator, _ auth: String, _ admin: String
    ) -> [Route] {
        [
            Route(.get, "\(auth)/terms", .open, TermsEndpoint()),
            Route(.get, "\(auth)/consents", .signedIn, OwnConsentsEndpoint(consents: flows.consents)),
            Route(
                .post, "\(auth)/consents", .signedIn, bodyLimit: 16_384,
                DecideConsentsEndpoint(consents: flows.consents)),
            Route(
                .get, "\(admin)/users/{id}/consents", .admin(.usersRead),
                UserConsentsEndpoint(consents: flows.consents)),
            Route(
                .post, "\(admin)/users/{id}/erase", .admin(.usersDelete),
                EraseUserEndpoint(eraseUser: flows.eraseUser, prove: prove)),
        ] + MyDataRoute(exportData: flows.exportData, prove: prove).routes(auth, admin)
    }
}
