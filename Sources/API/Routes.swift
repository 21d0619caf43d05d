internal import Domain
internal import Flows
internal import HTTP

extension Route {
    /// The whole map. The files are what `App` has to show; the description of it all stands behind them. What is no
    /// interface for programs is not described: pages, and what only operators see.
    static func all(
        _ flows: UseCases, version: String, files: [StaticFile], pages: [Page] = [],
        _ observation: Observation = Observation(), commands: RemoteCommands = .none
    ) -> [Route] {
        let server = [
            Route(constant: "/", RootReply(version: version), RootReply.schema, sentence: RootReply.sentence),
            Route(constant: "/health", HealthReply(status: "ok"), HealthReply.schema, sentence: HealthReply.sentence)
                .found(.anywhere),
            Route(.get, "/ready", .open, ReadyEndpoint(failedChecks: observation.failedChecks)).found(.anywhere),
            Route(.get, "/dbstatus", .open, DatabaseStatusEndpoint(databaseStatus: flows.databaseStatus))
                .found(.server),
        ]
        let shown =
            ofRealm(flows, "/api", commands) + [
                Route(
                    ofRealm: "/.well-known/jwks.json", JWKSDocument.description,
                    JWKSDocument(signingKeys: flows.signingKeys).callAsFunction)
            ] + server + ofOperators(flows, commands) + files.map(Route.init(file:))
        return shown + [Route(describing: shown, version: version)] + pages.map(Route.init)
            + (observation.metrics.map { [Route($0).found(.anywhere)] } ?? [])
    }

    /// What operators have: the same as other people, but for making accounts, and the realms.
    private static func ofOperators(_ flows: UseCases, _ commands: RemoteCommands) -> [Route] {
        let own = ofRealm(flows, "/api/system", commands).filter {
            ![
                "/api/system/auth/register", "/api/system/auth/challenge", "/api/system/auth/invitations/join",
            ].contains($0.path)
        }
        return (own + ofRealms(flows, "/api/system/realms")).map { $0.found(.system) }
    }

    private static func ofRealms(_ flows: UseCases, _ realms: String) -> [Route] {
        let (read, write) = (Access<Authorized>.admin(.realmsRead), Access<Authorized>.admin(.realmsWrite))
        let one = "\(realms)/{realm}"
        return [
            Route(.get, realms, read, ListRealmsEndpoint(listRealms: flows.listRealms)),
            Route(.post, realms, write, bodyLimit: 65_536, CreateRealmEndpoint(createRealm: flows.createRealm)),
            Route(.get, one, read, ShowRealmEndpoint(showRealm: flows.showRealm)),
            Route(.patch, one, write, bodyLimit: 65_536, ChangeRealmEndpoint(changeRealm: flows.changeRealm)),
            Route(.put, one, write, bodyLimit: 1 << 20, ApplyRealmEndpoint(applyRealm: flows.applyRealm)),
        ]
    }

    /// What every realm has, the operators' own at another place.
    private static func ofRealm(_ flows: UseCases, _ prefix: String, _ commands: RemoteCommands) -> [Route] {
        let auth = "\(prefix)/auth"
        let audit = "\(prefix)/audit"
        let admin = "\(prefix)/admin"
        let keys = "\(admin)/api-keys"
        return [
            Route(.post, "\(auth)/register", .open, bodyLimit: 16_384, RegisterEndpoint(signUp: flows.signUp)),
            Route(.post, "\(auth)/login", .open, bodyLimit: 16_384, LoginEndpoint(signIn: flows.signIn)),
            Route(.post, "\(auth)/refresh", .open, bodyLimit: 4_096, RefreshEndpoint(refresh: flows.refresh)),
            Route(.post, "\(auth)/logout", .leaving, bodyLimit: 4_096, LogoutEndpoint(signOut: flows.signOut)),
            Route(.get, "\(auth)/me", .signedIn, immediate: MeEndpoint()),
            Route(.get, "\(auth)/session", .proven, SessionEndpoint()),
            Route(
                .post, "\(auth)/database-token", .proven,
                DatabaseTokenEndpoint(issueDatabaseToken: flows.rowSecurity.issueDatabaseToken)),
            Route(.get, "\(auth)/sessions", .signedIn, OwnSessionsEndpoint(listSessions: flows.listSessions)),
            Route(.delete, "\(auth)/sessions/{id}", .signedIn, EndOwnSessionEndpoint(endSession: flows.endSession)),
            Route(.delete, "\(auth)/sessions", .signedIn, EndOtherSessionsEndpoint(endSession: flows.endSession)),
            Route(.post, "\(auth)/logout-all", .signedIn, LogoutAllEndpoint(endSession: flows.endSession)),
            Route(
                .get, "\(admin)/users/{id}/sessions", .admin(.sessionsRead),
                UserSessionsEndpoint(listSessions: flows.listSessions)),
            Route(
                .delete, "\(admin)/users/{id}/sessions", .admin(.sessionsEnd),
                EndUserSessionsEndpoint(endSession: flows.endSession)),
            Route(
                .delete, "\(admin)/sessions/{id}", .admin(.sessionsEnd),
                EndSessionEndpoint(endSession: flows.endSession)),
        ] + ofAdministration(flows, prefix) + ofProfiles(flows, prefix) + ofDefence(flows, auth: auth)
            + ofPrivacy(flows.privacy, flows.administration.proveAdministrator, auth, admin)
            + ofAccounts(flows, auth, admin) + ofAccess(flows, prefix) + ofOrganisations(flows, prefix)
            + ofImpersonation(flows, prefix)
            + VerifyRoute(verify: flows.verify, path: "\(auth)/verify").routes + [
                CommandsRoute(commands: commands, path: "\(admin)/commands").route,
                Route(
                    .get, "\(audit)/logs", .admin(.auditRead), AuditLogsEndpoint(listEvents: flows.listEvents)),
                Route(
                    stream: "\(audit)/stream", .admin(.auditRead), AuditStreamEndpoint(liveEvents: flows.liveEvents)),
                Route(
                    .post, "\(audit)/events", .permission(AuditEventsEndpoint.permission), bodyLimit: 1 << 20,
                    AuditEventsEndpoint(recordEvents: flows.recordEvents)),
                Route(.get, keys, .admin(.apiKeysRead), ListAPIKeysEndpoint(listAPIKeys: flows.listAPIKeys)),
                Route(
                    .post, keys, .admin(.apiKeysWrite), bodyLimit: 65_536,
                    CreateAPIKeyEndpoint(createAPIKey: flows.createAPIKey)),
                Route(
                    .post, "\(keys)/{id}/rotate", .admin(.apiKeysWrite),
                    RotateAPIKeyEndpoint(rotateAPIKey: flows.rotateAPIKey)),
                Route(
                    .delete, "\(keys)/{id}", .admin(.apiKeysWrite),
                    RevokeAPIKeyEndpoint(revokeAPIKey: flows.revokeAPIKey)),
            ]
    }
}
