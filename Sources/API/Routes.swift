internal import Domain
internal import Flows
internal import HTTP

extension Route {
    /// The whole map. The files are what `App` has to show; the description of it all stands behind them. What only
    /// operators see is not described.
    static func all(
        _ flows: UseCases, realm: RealmName, version: String, files: [StaticFile],
        _ observation: Observation = Observation()
    ) -> [Route] {
        let routes = [
            Route(.post, "/api/auth/register", .open, bodyLimit: 16_384, RegisterEndpoint(signUp: flows.signUp)),
            Route(.post, "/api/auth/login", .open, bodyLimit: 16_384, LoginEndpoint(signIn: flows.signIn)),
            Route(.post, "/api/auth/refresh", .open, bodyLimit: 4_096, RefreshEndpoint(refresh: flows.refresh)),
            Route(.post, "/api/auth/logout", .signedIn, bodyLimit: 4_096, LogoutEndpoint(signOut: flows.signOut)),
            Route(.get, "/api/auth/me", .signedIn, immediate: MeEndpoint()),
            Route(
                .get, "/api/audit/logs", .role(Role.adminName), AuditLogsEndpoint(listEvents: flows.listEvents)),
            Route(
                stream: "/api/audit/stream", .role(Role.adminName), AuditStreamEndpoint(liveEvents: flows.liveEvents)),
            Route(
                .post, "/api/audit/events", .permission(AuditEventsEndpoint.permission), bodyLimit: 1 << 20,
                AuditEventsEndpoint(recordEvents: flows.recordEvents)),
            Route(
                "/.well-known/jwks.json", JWKSDocument.description,
                JWKSDocument(signingKeys: flows.signingKeys, realm: realm).callAsFunction),
            Route(constant: "/", RootReply(version: version), RootReply.schema, sentence: RootReply.sentence),
            Route(constant: "/health", HealthReply(status: "ok"), HealthReply.schema, sentence: HealthReply.sentence),
            Route(.get, "/ready", .open, ReadyEndpoint(failedChecks: observation.failedChecks)),
            Route(.get, "/dbstatus", .open, DatabaseStatusEndpoint(databaseStatus: flows.databaseStatus)),
        ]
        let shown = routes + files.map(Route.init(file:))
        return shown + [Route(describing: shown, version: version)]
            + (observation.metrics.map { [Route($0)] } ?? [])
    }
}
