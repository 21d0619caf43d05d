internal import Concurrency
internal import Domain
public import Flows
public import HTTP
internal import Storage

/// The JSON API of one realm, as a function from request to answer: the server's handler.
public struct API: Sendable {
    /// What is served, in the order of the table.
    public let routes: [Route]
    /// Of places in `routes`: a number is copied for nothing.
    private let router: Router<Int>
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
        var router = Router<Int>()
        for (place, route) in routes.enumerated() { try router.add(route.method, route.path, place) }
        self.routes = routes
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

    /// Never fails: whatever goes wrong is an answer too.
    public func answer(_ request: Request) async -> Response {
        let began = MonotonicTime.now()
        var row = 0
        let response = await answer(request, &row)
        let end = MonotonicTime.now()
        let nanoseconds = end.nanoseconds &- began.nanoseconds
        metrics.note(row: row, status: response.status, nanoseconds: nanoseconds)
        log?.note(request, response, row: row, nanoseconds: nanoseconds, end: end)
        return response
    }

    /// - Parameter row: set to what the request is counted as.
    private func answer(_ request: Request, _ row: inout Int) async -> Response {
        guard let cors else { return await route(request, &row) }
        let decision = cors.decide(request.method, request.headers)
        if case .preflight(let response) = decision {
            row = metrics.preflight
            return Self.preflight(response)
        }
        var response = await route(request, &row)
        cors.apply(decision, to: &response)
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

    private func route(_ request: Request, _ row: inout Int) async -> Response {
        switch router.match(request) {
        case .found(let place, _, _):
            let route = routes[place]
            row = metrics.row(place, isHead: request.method == .head)
            guard request.body.count <= route.bodyLimit else { return Problem.contentTooLarge.response }
            do { return try await route.answer(request, gate) } catch {
                report(
                    SystemEvent(
                        .error, "database_fault", "\(route.path): \(error)", request: request.id,
                        trace: request.trace.traceID))
                return Problem(error).response
            }
        case .methodNotAllowed(let allow):
            row = metrics.unmatched(request.method)
            if isHidden(request) { return Problem.notFound.response }
            let methods = Method.allowValue(allow + [.options])
            var response =
                request.method == .options
                ? Response(status: 204, headers: .json) : Problem.methodNotAllowed.response
            if request.method == .options { response.headers.remove("Content-Type") }
            response.headers.add("Allow", methods)
            return response
        case .notFound:
            row = metrics.unmatched(request.method)
            return Problem.notFound.response
        }
    }

    /// Whether the path is for operators only, and this is somebody else: then it does not exist, in any method.
    private func isHidden(_ request: Request) -> Bool {
        guard case .found(let place, _, _) = router.match(.get, path: request.path) else { return false }
        return routes[place].access == .operators && gate.metricsReaders?.judge(request) != .admitted
    }
}
