internal import Concurrency
internal import Domain
public import Flows
public import HTTP
internal import Storage

/// The JSON API of one realm, as a function from request to answer: the server's handler.
public struct API: Sendable {
    /// What is served, in the order of the table.
    public let routes: [Route]
    /// Its numbers are places in `routes`.
    private let router: Router
    /// By place: what a request is asked about first. A route as a whole is large to copy.
    private let fronts: [Front]
    private let gate: Gate
    /// Every request is counted and timed, also those that reach no route.
    public let metrics: RequestMetrics
    /// Who is told of every request once it was answered.
    private var log: (any RequestLog)?
    private let cors: CORSPolicy?
    private let report: @Sendable (SystemEvent) -> Void

    /// - Parameters:
    ///   - realm: whose users sign in here.
    ///   - cors: which pages of other origins may read answers; `nil` for none.
    ///   - files: served as they are, beside the API.
    ///   - observation: what operators see of the server.
    ///   - report: where a failing database is told to operators.
    public init(
        _ flows: UseCases, realm: RealmSettings, cors: CORSPolicy?, version: String, files: [StaticFile],
        observation: Observation = Observation(), report: @escaping @Sendable (SystemEvent) -> Void
    ) throws(RouteFault) {
        try self.init(
            flows, realm: realm,
            routes: Route.all(flows, realm: realm.name, version: version, files: files, observation), cors: cors,
            observation: observation, report: report)
    }

    /// With a map of its own.
    public init(
        _ flows: UseCases, realm: RealmSettings, routes: [Route], cors: CORSPolicy?,
        observation: Observation = Observation(), report: @escaping @Sendable (SystemEvent) -> Void
    ) throws(RouteFault) {
        var router = Router()
        for route in routes { try router.add(route.method, route.path) }
        self.routes = routes
        fronts = routes.map { Front(bodyLimit: $0.bodyLimit, answerNow: $0.answerNow) }
        self.router = router
        self.cors = cors
        self.report = report
        gate = Gate(
            authenticate: flows.authenticate, keeper: Vigil.Keeper(flows.authenticate, in: realm),
            refusals: flows.refusals, realm: realm,
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
        let decision = cors?.decide(request.method, request.headers)
        let match = router.match(request)
        var row = 0
        if var response = answerUnrouted(request, match, decision, &row) {
            finish(&response, to: request, decision, row: row, began: began)
            return response
        }
        guard case .found(let place, _) = match, var response = fronts[place].answerNow?(request, gate) else {
            return nil
        }
        finish(&response, to: request, decision, row: row, began: began)
        return response
    }

    /// Never fails: whatever goes wrong is an answer too.
    public func answer(_ request: Request) async -> Response {
        let began = MonotonicTime.now()
        let decision = cors?.decide(request.method, request.headers)
        let match = router.match(request)
        var row = 0
        var response: Response
        if let made = answerUnrouted(request, match, decision, &row) {
            response = made
        } else if case .found(let place, _) = match {
            let route = routes[place]
            do { response = try await route.answer(request, gate) } catch {
                report(
                    SystemEvent(
                        .error, "database_fault", "\(route.path): \(error)", request: request.id,
                        trace: request.trace.traceID))
                response = Problem(error).response
            }
        } else {
            response = Problem.notFound.response
        }
        finish(&response, to: request, decision, row: row, began: began)
        return response
    }

    /// What every answer goes through: the policy for other origins, the counters, and the log.
    private func finish(
        _ response: inout Response, to request: Request, _ decision: CORSPolicy.Decision?, row: Int,
        began: MonotonicTime
    ) {
        if let cors, let decision { cors.apply(decision, to: &response) }
        let end = MonotonicTime.now()
        let nanoseconds = end.nanoseconds &- began.nanoseconds
        metrics.note(row: row, status: response.status, nanoseconds: nanoseconds)
        log?.note(request, response, row: row, nanoseconds: nanoseconds, end: end)
    }

    private struct Front: Sendable {
        let bodyLimit: Int
        let answerNow: (@Sendable (Request, Gate) -> Response?)?
    }

    /// What is answered without asking a route; `nil` where a route was found.
    ///
    /// - Parameter row: set to what the request is counted as.
    @inline(__always)
    private func answerUnrouted(
        _ request: Request, _ match: Router.Match, _ decision: CORSPolicy.Decision?, _ row: inout Int
    ) -> Response? {
        if case .preflight(let response)? = decision {
            row = metrics.preflight
            return Self.preflight(response)
        }
        switch match {
        case .found(let place, _):
            row = metrics.row(place, isHead: request.method == .head)
            return request.body.count <= fronts[place].bodyLimit ? nil : Problem.contentTooLarge.response
        case .methodNotAllowed(let allow):
            row = metrics.unmatched(request.method)
            return refuseMethod(request, allow)
        case .notFound:
            row = metrics.unmatched(request.method)
            return Problem.notFound.response
        }
    }

    /// The path exists, for other methods.
    private func refuseMethod(_ request: Request, _ allow: [Method]) -> Response {
        if isHidden(request) { return Problem.notFound.response }
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

    /// Whether the path is for operators only, and this is somebody else: then it does not exist, in any method.
    private func isHidden(_ request: Request) -> Bool {
        guard case .found(let place, _) = router.match(.get, path: request.path) else { return false }
        return routes[place].access == .operators && gate.metricsReaders?.judge(request) != .admitted
    }
}
