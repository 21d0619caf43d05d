internal import Domain
internal import Flows
internal import HTTP
internal import Storage

/// Stands before every route: finds out who calls, asks the route's rule, and remembers whom it sent away.
///
/// One for each request: where the request belongs, and what all of them share.
struct Gate: Sendable {
    let shared: Shared
    let realm: Realm
    /// Whose cookies count here: the realm's own, or an application's.
    let client: String
    /// What stood in the places of the path's template.
    var parameters = Parameters.none

    /// What does not depend on the realm.
    final class Shared: Sendable {
        let authenticate: Authenticate
        let keeper: Vigil.Keeper
        let refusals: FoldedRefusals
        let metricsReaders: MetricsReaders?
        /// Set where the system log is to say why somebody was sent away; never with what they sent.
        let explain: (@Sendable (SystemEvent) -> Void)?

        init(
            authenticate: Authenticate, keeper: Vigil.Keeper, refusals: FoldedRefusals,
            metricsReaders: MetricsReaders?, explain: (@Sendable (SystemEvent) -> Void)?
        ) {
            self.authenticate = authenticate
            self.keeper = keeper
            self.refusals = refusals
            self.metricsReaders = metricsReaders
            self.explain = explain
        }
    }

    enum Verdict {
        case admitted(AuthResult?)
        case refused(Problem)
    }

    func check(_ rule: AccessRule, _ request: Request, route: String) async throws(StoreFault) -> Verdict {
        switch look(rule, request, route) {
        case .decided(let verdict): return verdict
        case .presented(let credentials):
            let outcome = try await shared.authenticate(
                credentials, in: realm, because: { note($0, $1, $2, request, route) })
            return judge(outcome, rule, request, route)
        }
    }

    /// The same where nothing has to be waited for; `nil` where only the database can say, and then nothing was noted.
    func checkNow(_ rule: AccessRule, _ request: Request, route: String) -> Verdict? {
        if rule.needsProof, let result = remembered(request) { return judge(result, rule, request, route) }
        switch look(rule, request, route) {
        case .decided(let verdict): return verdict
        case .presented(let credentials):
            return shared.authenticate.fromMemory(
                credentials, in: realm, because: { note($0, $1, $2, request, route) }
            ).map { judge($0, rule, request, route) }
        }
    }

    /// The short way for a bearer token that was presented before, by which alone most requests prove who they are.
    private func remembered(_ request: Request) -> AuthResult? {
        guard case .presented(let token) = BearerToken(request.headers), !PresentedCredentials.hasKey(request) else {
            return nil
        }
        return shared.authenticate.remembered(bearer: token, in: realm)
    }

    /// Who a request comes from, for a route that judges by itself what they may do.
    enum Caller {
        case proven(AuthResult)
        /// The reason is for the log; `nil` where each credential was noted with one of its own.
        case nobody(Problem, reason: String?)
    }

    func caller(of request: Request, route: String) async throws(StoreFault) -> Caller {
        let presented = PresentedCredentials(request, realm, client)
        if presented.credentials.isEmpty { return Self.nobody(presented) }
        return caller(
            try await shared.authenticate(
                presented.credentials, in: realm, because: { note($0, $1, $2, request, route) }), request)
    }

    /// The same where nothing has to be waited for; `nil` where only the database can say, and then nothing was noted.
    func callerNow(of request: Request, route: String) -> Caller? {
        if let result = remembered(request) { return .proven(result) }
        let presented = PresentedCredentials(request, realm, client)
        if presented.credentials.isEmpty { return Self.nobody(presented) }
        return shared.authenticate.fromMemory(
            presented.credentials, in: realm, because: { note($0, $1, $2, request, route) }
        ).map { caller($0, request) }
    }

    private func caller(_ outcome: Authenticate.Outcome, _ request: Request) -> Caller {
        switch outcome {
        case .authenticated(let result): .proven(result)
        case .refused:
            .nobody(
                .authenticationRequired(tokenWasPresented: BearerToken(request.headers).isPresented), reason: nil)
        }
    }

    private static func nobody(_ presented: PresentedCredentials) -> Caller {
        .nobody(
            .authenticationRequired(tokenWasPresented: false),
            reason: presented.isMalformed ? "malformed_credentials" : "no_credentials")
    }

    /// What the request offers to prove who it comes from.
    func credentials(of request: Request) -> Credentials { PresentedCredentials(request, realm, client).credentials }

    private enum Look {
        case decided(Verdict)
        /// The rule asks who it is.
        case presented(Credentials)
    }

    private func look(_ rule: AccessRule, _ request: Request, _ route: String) -> Look {
        switch rule {
        case .open: return .decided(.admitted(nil))
        case .operators: return .decided(judge(request, route))
        case .recognised, .proven, .leaving, .signedIn, .permission: break
        }
        let presented = PresentedCredentials(request, realm, client)
        if presented.credentials.isEmpty {
            if rule == .recognised { return .decided(.admitted(nil)) }
            if let verdict = leave(rule, request, route) { return .decided(verdict) }
            let reason = presented.isMalformed ? "malformed_credentials" : "no_credentials"
            return .decided(refuse(.authenticationRequired(tokenWasPresented: false), reason, request, route))
        }
        return .presented(presented.credentials)
    }

    private func judge(_ outcome: Authenticate.Outcome, _ rule: AccessRule, _ request: Request, _ route: String)
        -> Verdict
    {
        let result: AuthResult
        switch outcome {
        case .authenticated(let found): result = found
        case .refused where rule == .recognised: return .admitted(nil)
        case .refused:
            if let verdict = leave(rule, request, route) { return verdict }
            // Each credential was noted with a reason of its own.
            return .refused(.authenticationRequired(tokenWasPresented: BearerToken(request.headers).isPresented))
        }
        return judge(result, rule, request, route)
    }

    private func judge(_ result: AuthResult, _ rule: AccessRule, _ request: Request, _ route: String) -> Verdict {
        if result.source == .session, let problem = Problem(missingProofOf: request, in: realm) {
            // What another site's page sends with somebody's cookies says nothing about who wants it.
            if rule == .recognised { return .admitted(nil) }
            return refuse(problem, "same_origin_required", request, route, result)
        }
        if rule.isForPeople, result.principal == nil {
            return refuse(.personRequired, "person_required", request, route, result)
        }
        if let impersonation = result.principal?.impersonation,
            let problem = ImpersonationRule.problem(with: request.method, at: route, by: impersonation)
        {
            return refuse(problem, problem.code, request, route, result)
        }
        if rule.isSatisfied(by: result.grants) { return .admitted(result) }
        switch rule {
        case .open, .recognised, .proven, .leaving, .signedIn: return .admitted(result)
        case .operators: return .refused(.notFound)
        case .permission(let pair):
            return refuse(.permissionRequired(pair), "permission_required", request, route, result)
        }
    }

    /// For whoever only wants to leave the refresh cookie is enough to be let in; it is judged there.
    private func leave(_ rule: AccessRule, _ request: Request, _ route: String) -> Verdict? {
        guard rule == .leaving, case .value = SessionCookies(realm).refreshToken(in: request) else { return nil }
        if let problem = Problem(missingProofOf: request, in: realm) {
            return refuse(problem, "same_origin_required", request, route)
        }
        return .admitted(nil)
    }

    private func note(
        _ source: AuthResult.Source, _ refusal: Authenticate.Refusal, _ detail: String, _ request: Request,
        _ route: String
    ) {
        if !detail.isEmpty {
            let did = source == .apiKey ? "api_key_refused" : "access_token_refused"
            say(did, "\(refusal.rawValue): \(detail)", request, route)
        }
        shared.refusals.note(reason: refusal.rawValue, realm: realm, source: Source(request), route: route)
        say("refused", refusal.rawValue, request, route)
    }

    private func refuse(
        _ problem: Problem, _ reason: String, _ request: Request, _ route: String, _ result: AuthResult? = nil
    ) -> Verdict { .refused(sendAway(with: problem, reason, request, route, result)) }

    /// Remembers that somebody was sent away, and for whom the answer is.
    func sendAway(
        with problem: Problem, _ reason: String, _ request: Request, _ route: String, _ result: AuthResult? = nil
    ) -> Problem {
        var problem = problem
        problem.caller = result?.principal
        shared.refusals.note(reason: reason, realm: realm, source: Source(request), route: route)
        say("refused", reason, request, route)
        return problem
    }

    private func judge(_ request: Request, _ route: String) -> Verdict {
        switch shared.metricsReaders?.judge(request) ?? .stranger {
        case .admitted: .admitted(nil)
        case .stranger: .refused(.notFound)
        case .wrongToken: refuse(.notFound, "bad_metrics_token", request, route)
        }
    }

    /// For debugging: the words are ours, and nothing of a credential is among them.
    private func say(_ did: String, _ reason: String, _ request: Request, _ route: String) {
        shared.explain?(
            SystemEvent(.debug, did, "\(reason) at \(route)", request: request.id, trace: request.trace.traceID))
    }
}
