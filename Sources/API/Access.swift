public import Domain
internal import Flows
internal import HTTP
internal import Storage

/// Who may call a route; stands in the route table.
///
/// `Caller` ties it to the endpoint: ``signedIn`` gives a ``Member``, ``open`` only a ``Visitor``.
public struct Access<Caller: Sendable>: Sendable {
    public let rule: AccessRule
    let caller: @Sendable (Visitor, Principal?) -> Caller?
}

/// The same as a plain value, for documents and tests.
public enum AccessRule: Hashable, Sendable {
    case open
    case signedIn
    case role(String)
    case permission(Permission.Pair)
    /// Whoever runs this server: see ``MetricsReaders``. To everybody else the route does not exist.
    case operators
}

extension AccessRule {
    /// Whether somebody who is signed in may pass.
    func isSatisfied(by grants: Grants) -> Bool {
        switch self {
        case .open, .signedIn: true
        case .role(let name): grants.hasRole(name)
        case .permission(let pair): grants.hasPermission(pair.description)
        // Not a matter of who is signed in.
        case .operators: false
        }
    }
}

extension Access<Visitor> {
    public static var open: Access { Access(rule: .open) { visitor, _ in visitor } }
}

extension Access<Member> {
    public static var signedIn: Access { Access(.signedIn) }
    public static func role(_ name: String) -> Access { Access(.role(name)) }
    public static func permission(_ pair: Permission.Pair) -> Access { Access(.permission(pair)) }

    private init(_ rule: AccessRule) {
        self.init(rule: rule) { visitor, principal in
            principal.map { Member(request: visitor.request, realm: visitor.realm, principal: $0) }
        }
    }
}

/// Stands before every route: finds out who calls, asks the route's rule, and remembers whom it sent away.
struct Gate: Sendable {
    let authenticate: Authenticate
    let keeper: Vigil.Keeper
    let refusals: FoldedRefusals
    let realm: RealmSettings
    let metricsReaders: MetricsReaders?
    /// Set where the system log is to say why somebody was sent away; never with what they sent.
    let explain: (@Sendable (SystemEvent) -> Void)?

    enum Verdict {
        case admitted(Principal?)
        case refused(Problem)
    }

    func check(_ rule: AccessRule, _ request: Request, route: String) async throws(StoreFault) -> Verdict {
        switch look(rule, request, route) {
        case .decided(let verdict): return verdict
        case .presented(let token):
            var reason = ""
            let outcome = try await authenticate(bearer: token, in: realm, because: { reason = $0 })
            return judge(outcome, reason, rule, request, route)
        }
    }

    /// The same where nothing has to be waited for; `nil` where only the database can say, and then nothing was noted.
    func checkNow(_ rule: AccessRule, _ request: Request, route: String) -> Verdict? {
        switch look(rule, request, route) {
        case .decided(let verdict): return verdict
        case .presented(let token):
            var reason = ""
            return authenticate.fromMemory(bearer: token, in: realm, because: { reason = $0 }).map {
                judge($0, reason, rule, request, route)
            }
        }
    }

    private enum Look {
        case decided(Verdict)
        /// The rule asks who it is.
        case presented(ArraySlice<UInt8>)
    }

    private func look(_ rule: AccessRule, _ request: Request, _ route: String) -> Look {
        switch rule {
        case .open: return .decided(.admitted(nil))
        case .operators: return .decided(judge(request, route))
        case .signedIn, .role, .permission: break
        }
        switch BearerToken(request.headers) {
        case .absent:
            return .decided(
                refuse(.authenticationRequired(tokenWasPresented: false), "no_credentials", request, route))
        case .malformed:
            return .decided(
                refuse(.authenticationRequired(tokenWasPresented: false), "malformed_credentials", request, route))
        case .presented(let token): return .presented(token)
        }
    }

    private func judge(
        _ outcome: Authenticate.Outcome, _ reason: String, _ rule: AccessRule, _ request: Request, _ route: String
    ) -> Verdict {
        let principal: Principal
        switch outcome {
        case .authenticated(let found): principal = found
        case .refused(let refusal):
            if !reason.isEmpty { say("access_token_refused", "\(refusal.rawValue): \(reason)", request, route) }
            return refuse(
                .authenticationRequired(tokenWasPresented: true), refusal.rawValue, request, route)
        }
        if rule.isSatisfied(by: principal.grants) { return .admitted(principal) }
        switch rule {
        case .open, .signedIn: return .admitted(principal)
        case .operators: return .refused(.notFound)
        case .role(let name): return refuse(.roleRequired(name), "role_required", request, route, principal)
        case .permission(let pair):
            return refuse(.permissionRequired(pair), "permission_required", request, route, principal)
        }
    }

    private func refuse(
        _ problem: Problem, _ reason: String, _ request: Request, _ route: String, _ principal: Principal? = nil
    ) -> Verdict {
        var problem = problem
        problem.caller = principal
        refusals.note(reason: reason, realm: realm.name, source: Source(request), route: route)
        say("refused", reason, request, route)
        return .refused(problem)
    }

    private func judge(_ request: Request, _ route: String) -> Verdict {
        switch metricsReaders?.judge(request) ?? .stranger {
        case .admitted: .admitted(nil)
        case .stranger: .refused(.notFound)
        case .wrongToken: refuse(.notFound, "bad_metrics_token", request, route)
        }
    }

    /// For debugging: the words are ours, and nothing of a credential is among them.
    private func say(_ did: String, _ reason: String, _ request: Request, _ route: String) {
        explain?(
            SystemEvent(.debug, did, "\(reason) at \(route)", request: request.id, trace: request.trace.traceID))
    }
}
