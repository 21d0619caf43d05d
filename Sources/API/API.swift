internal import Concurrency
internal import Domain
public import Flows
public import HTTP
internal import Storage

/// The JSON API of every realm, as a function from request to answer: the server's handler.
public struct API: Sendable {
    /// What is served, in the order of the table.
    public let routes: [Route]
    /// Its numbers are places in `routes`.
    private let router: Router
    /// By place: what a request is asked about first. A route as a whole is large to copy.
    private let fronts: [Front]
    private let places: Places
    private let shared: Gate.Shared
    /// Every request is counted and timed, also those that reach no route.
    public let metrics: RequestMetrics
    /// Who is told of every request once it was answered.
    private var log: (any RequestLog)?
    private let report: @Sendable (SystemEvent) -> Void

    /// - Parameters:
    ///   - files: served as they are, beside the API.
    ///   - pages: for people, beside both.
    ///   - observation: what operators see of the server.
    ///   - commands: what the command line of another machine may ask for.
    ///   - report: where a failing database is told to operators.
    public init(
        _ flows: UseCases, version: String, files: [StaticFile], pages: [Page] = [],
        observation: Observation = Observation(), commands: RemoteCommands = .none,
        report: @escaping @Sendable (SystemEvent) -> Void
    ) throws(RouteFault) {
        try self.init(
            flows,
            routes: Route.all(flows, version: version, files: files, pages: pages, observation, commands: commands),
            observation: observation,
            report: report)
    }

    /// With a map of its own.
    public init(
        _ flows: UseCases, routes: [Route], observation: Observation = Observation(),
        report: @escaping @Sendable (SystemEvent) -> Void
    ) throws(RouteFault) {
        var router = Router()
        for route in routes { try router.add(route.method, route.path) }
        self.routes = routes
        fronts = routes.map { Front($0) }
        self.router = router
        self.report = report
        places = Places(flows.realms)
        shared = Gate.Shared(
            authenticate: flows.authenticate, keeper: Vigil.Keeper(flows.authenticate, realms: flows.realms),
            refusals: flows.refusals,
            metricsReaders: observation.metrics?.readers, explain: observation.explainsRefusals ? report : nil)
        metrics = RequestMetrics(routes, lanes: observation.lanes)
    }

    /// The same, with a log that was made from ``metrics``.
    public func logging(to log: (any RequestLog)?) -> API {
        var copy = self
        copy.log = log
        return copy
    }

    /// The answer, where nothing has to be waited for; `nil` for a request that ``answer(_:)`` is to be asked about, and
    /// that has left no trace then.
    public func answerNow(_ request: Request) -> Response? {
        let began = MonotonicTime.now()
        guard let outcome = places.known(request) ?? unasked(request) else { return nil }
        if case .found(let placement) = outcome, let (place, gate) = straight(request, at: placement) {
            guard let response = fronts[place].answerNow?(request, gate) else { return nil }
            let row = metrics.row(place, isHead: request.method == .head)
            finish(response, to: request, placement.realm.name, row: row, began)
            return response
        }
        let asked = ask(request, outcome)
        var response: Response
        switch asked.next {
        case .answered(let made): response = made
        case .route(let place, let gate):
            guard let made = fronts[place].answerNow?(request, gate) else { return nil }
            response = made
        }
        finish(&response, to: request, asked, began: began)
        return response
    }

    /// Never fails: whatever goes wrong is an answer too.
    public func answer(_ request: Request) async -> Response {
        let began = MonotonicTime.now()
        var asked = Asked(
            next: .answered(Problem.temporarilyUnavailable.response), row: metrics.unmatched(request.method))
        var response: Response
        var path = "the realm of a request"
        do throws(StoreFault) {
            asked = ask(request, try await outcome(for: request))
            switch asked.next {
            case .answered(let made): response = made
            case .route(let place, let gate):
                let route = routes[place]
                path = route.path
                response = try await route.answer(request, gate)
            }
        } catch {
            report(
                SystemEvent(
                    .error, "database_fault", "\(path): \(error)", request: request.id, trace: request.trace.traceID))
            response = Problem(error).response
        }
        finish(&response, to: request, asked, began: began)
        return response
    }

    private func outcome(for request: Request) async throws(StoreFault) -> Places.Outcome {
        if let unasked = unasked(request) { return places.known(request) ?? unasked }
        return try await places.find(request)
    }

    /// What is answered anywhere needs no place that only the database can tell: whoever watches over the server must not
    /// take it for dead because its database is.
    private func unasked(_ request: Request) -> Places.Outcome? {
        guard case .found(let place, _) = router.match(request), fronts[place].scope == .anywhere else { return nil }
        return .misdirected
    }

    /// The way of most requests: to a route that is there, with nothing to decide about other origins.
    @inline(__always)
    private func straight(_ request: Request, at placement: Placement) -> (Int, Gate)? {
        let realm = placement.realm
        guard realm.cors == nil,
            case .found(let place, let parameters) =
                placement.offset == 0 ? router.match(request) : router.match(request, from: placement.offset),
            placement.admits(fronts[place].scope), request.body.count <= fronts[place].bodyLimit
        else { return nil }
        return (place, Gate(shared: shared, realm: realm, client: placement.client, parameters: parameters))
    }

    /// What every answer goes through: the policy for other origins, the counters, and the log.
    private func finish(_ response: inout Response, to request: Request, _ asked: Asked, began: MonotonicTime) {
        if let cors = asked.realm?.cors, let decision = asked.decision { cors.apply(decision, to: &response) }
        finish(response, to: request, asked.realm?.name ?? .standard, row: asked.row, began)
    }

    /// The counters, and the log.
    private func finish(
        _ response: Response, to request: Request, _ realm: RealmName, row: Int, _ began: MonotonicTime
    ) {
        let end = MonotonicTime.now()
        let nanoseconds = end.nanoseconds &- began.nanoseconds
        metrics.note(row: row, status: response.status, nanoseconds: nanoseconds)
        log?.note(request, response, realm: realm, row: row, nanoseconds: nanoseconds, end: end)
    }

    private struct Front: Sendable {
        let scope: RouteScope
        let isForPages: Bool
        let isForOperators: Bool
        let bodyLimit: Int
        let answerNow: (@Sendable (Request, Gate) -> Response?)?

        init(_ route: Route) {
            scope = route.scope
            isForPages = route.isForPages
            isForOperators = route.access == .operators
            bodyLimit = route.bodyLimit
            answerNow = route.answerNow
        }
    }

    /// What became of a request on its way to a route.
    private struct Asked {
        enum Next {
            case answered(Response)
            case route(Int, Gate)
        }
        var next: Next
        /// What it is counted as.
        var row: Int
        var realm: Realm?
        var decision: CORSPolicy.Decision?
    }

    @inline(__always)
    private func ask(_ request: Request, _ outcome: Places.Outcome) -> Asked {
        switch outcome {
        case .found(let placement): return ask(request, at: placement)
        case .noSuchRealm: return askAnywhere(request, otherwise: .notFound)
        case .misdirected: return askAnywhere(request, otherwise: .misdirected)
        }
    }

    private func ask(_ request: Request, at placement: Placement) -> Asked {
        let realm = placement.realm
        let match = placement.offset == 0 ? router.match(request) : router.match(request, from: placement.offset)
        let decision =
            isForPages(match, request, at: placement) ? realm.cors?.decide(request.method, request.headers) : nil
        if case .preflight(let response)? = decision {
            return Asked(
                next: .answered(Self.preflight(response)), row: metrics.preflight, realm: realm, decision: decision)
        }
        func answered(_ response: Response, row: Int? = nil) -> Asked {
            Asked(
                next: .answered(response), row: row ?? metrics.unmatched(request.method), realm: realm,
                decision: decision)
        }
        switch match {
        case .found(let place, let parameters):
            let front = fronts[place]
            guard placement.admits(front.scope) else { return answered(Problem.notFound.response) }
            let row = metrics.row(place, isHead: request.method == .head)
            if request.body.count > front.bodyLimit {
                return answered(Problem.contentTooLarge.response, row: row)
            }
            let gate = Gate(shared: shared, realm: realm, client: placement.client, parameters: parameters)
            return Asked(next: .route(place, gate), row: row, realm: realm, decision: decision)
        case .methodNotAllowed(let allow): return answered(refuseMethod(request, allow, at: placement))
        case .notFound: return answered(Problem.notFound.response)
        }
    }

    /// Whether what was found, or would be with another method, may be asked for by a page of another origin.
    private func isForPages(_ match: Router.Match, _ request: Request, at placement: Placement) -> Bool {
        switch match {
        case .found(let place, _): fronts[place].isForPages
        case .methodNotAllowed(let allow): sibling(of: request, allow, at: placement)?.isForPages ?? true
        case .notFound: true
        }
    }

    /// What the path would find with another method.
    private func sibling(of request: Request, _ allow: [Method], at placement: Placement) -> Front? {
        guard let method = allow.first(where: { $0 != .head }), let path = request.path(from: placement.offset),
            case .found(let place, _) = router.match(method, path: path)
        else { return nil }
        return fronts[place]
    }

    /// On a host that is nobody's, or whose realm is disabled, only what watches over the server is answered, as load
    /// balancers ask by address.
    private func askAnywhere(_ request: Request, otherwise problem: Problem) -> Asked {
        if case .found(let place, _) = router.match(request), fronts[place].scope == .anywhere,
            routes[place].access != .operators || shared.metricsReaders?.judge(request) == .admitted
        {
            let gate = Gate(shared: shared, realm: places.operators, client: Session.nativeClient)
            return Asked(next: .route(place, gate), row: metrics.row(place, isHead: request.method == .head))
        }
        return Asked(next: .answered(problem.response), row: metrics.unmatched(request.method))
    }

    /// The path exists, for other methods.
    private func refuseMethod(_ request: Request, _ allow: [Method], at placement: Placement) -> Response {
        if isHidden(request, allow, at: placement) { return Problem.notFound.response }
        let methods = Method.allowValue(allow + [.options])
        var response =
            request.method == .options
            ? Response(status: 204, headers: .json) : Problem.methodNotAllowed.response
        if request.method == .options { response.headers.remove("Content-Type") }
        response.headers.add("Allow", methods)
        return response
    }

    /// The policy's own fields, and the form that every answer of the API has.
    private static func preflight(_ decided: Response) -> Response {
        var response = decided.status == 403 ? Problem.originNotAllowed.response : decided
        if decided.status == 403 {
            for (name, value) in decided.headers.pairs { FieldName(name).map { response.headers.add($0, value) } }
        } else {
            response.headers.add("Cache-Control", "no-store")
            response.headers.add("X-Content-Type-Options", "nosniff")
        }
        return response
    }

    /// Whether the path does not exist for this client, in any method: it is found elsewhere, or is for operators only.
    private func isHidden(_ request: Request, _ allow: [Method], at placement: Placement) -> Bool {
        guard let front = sibling(of: request, allow, at: placement) else { return false }
        if !placement.admits(front.scope) { return true }
        return front.isForOperators && shared.metricsReaders?.judge(request) != .admitted
    }
}

extension Request {
    /// The path without its first bytes.
    fileprivate func path(from offset: Int) -> String? {
        let bytes = Array(path.utf8)
        return offset <= bytes.count ? String(decoding: bytes[offset...], as: UTF8.self) : nil
    }
}
