internal import Domain
internal import Flows
public import HTTP
internal import Storage

/// One line of the map: method, path, who may call, how much they may send, and what answers.
public struct Route: Sendable {
    public let method: Method
    /// A template: `/api/users/{id}`.
    public let path: String
    public let access: AccessRule
    /// Where it is found.
    public private(set) var scope = RouteScope.realm
    /// Whether pages of other origins may call it. What a proxy asks has no preflight, and is never answered as one.
    public private(set) var isForPages = true
    /// Whether it stands in the description of the API. One operation that answers every method is described once.
    public private(set) var isDescribed = true
    /// In bytes; a longer body gets 413.
    public let bodyLimit: Int
    public let description: RouteDescription
    let answer: @Sendable (Request, Gate) async throws(StoreFault) -> Response
    /// The same answer where it needs no waiting, and `nil` where this time it does; then nothing may have happened yet.
    /// `nil` for a route that always waits.
    var answerNow: (@Sendable (Request, Gate) -> Response?)?

    public init<E: Endpoint>(
        _ method: Method, _ path: String, _ access: Access<E.Caller>, bodyLimit: Int = 4_096, _ endpoint: E
    ) {
        let intake = E.input
        let output = E.output
        let status = E.status
        let rule = access.rule
        self.method = method
        self.path = path
        self.access = rule
        self.bodyLimit = bodyLimit
        description = RouteDescription(E.self, access: rule)
        answer = Self.guarded(rule, path) { (visitor, result, parameters) throws(StoreFault) -> Response in
            guard let caller = access.caller(visitor, result) else { return Problem.personRequired.response }
            return try await Self.answer(endpoint, intake, output, status, visitor.request, parameters, caller)
        }
    }

    /// What every endpoint's answer stands behind.
    private static func guarded(
        _ rule: AccessRule, _ path: String,
        _ answer: @escaping @Sendable (Visitor, AuthResult?, Parameters) async throws(StoreFault) -> Response
    ) -> @Sendable (Request, Gate) async throws(StoreFault) -> Response {
        { (request, gate) throws(StoreFault) -> Response in
            switch try await gate.check(rule, request, route: path) {
            case .refused(let problem): return problem.response
            case .admitted(let result):
                let visitor = Visitor(request: request, realm: gate.realm, client: gate.client)
                var response = try await answer(visitor, result, gate.parameters)
                response.caller = result?.principal
                return response
            }
        }
    }

    /// Answered at once where memory knows who asks.
    public init<E: ImmediateEndpoint>(
        _ method: Method, _ path: String, _ access: Access<Member>, bodyLimit: Int = 4_096, immediate endpoint: E
    ) {
        self.init(method, path, access, bodyLimit: bodyLimit, endpoint)
        let intake = E.input
        let output = E.output
        let status = E.status
        let rule = access.rule
        answerNow = { request, gate in
            guard let verdict = gate.checkNow(rule, request, route: path) else { return nil }
            let principal: Principal
            switch verdict {
            case .refused(let problem): return problem.response
            case .admitted(let result):
                guard let found = result?.principal else { return Problem.personRequired.response }
                principal = found
            }
            var response: Response
            switch intake.read(request, gate.parameters) {
            case .refused(let problem): response = problem.response
            // Such an endpoint has nothing to add to what is wrong.
            case .misshapen(let problems, _): response = Problem.validation(problems).response
            case .input(let input):
                switch endpoint.answer(input, to: principal) {
                case .success(let value, let cookies):
                    response = Response(status: status, headers: .json, body: output.encode(value))
                    response.add(cookies)
                case .accepted(let reply): response = reply.response
                case .refused(let refusal, let cookies):
                    response = refusal.problem.response
                    response.add(cookies)
                }
            }
            response.caller = principal
            return response
        }
    }

    private static func answer<E: Endpoint>(
        _ endpoint: E, _ intake: Intake<E.Input>, _ output: Schema<E.Output>, _ status: Int, _ request: Request,
        _ parameters: Parameters, _ caller: E.Caller
    ) async throws(StoreFault) -> Response {
        let isTagged = E.Output.self is any EntityTagged.Type
        let input: E.Input
        switch intake.read(request, parameters) {
        case .input(let value): input = value
        case .refused(let problem): return problem.response
        case .misshapen(let problems, let body):
            let named = Set(problems.map(\.field))
            let further = try await endpoint.furtherProblems(of: body, caller)
            return Problem.validation(problems + further.filter { !named.contains($0.field) }).response
        }
        var response: Response
        switch try await endpoint(input, caller) {
        case .success(let value, let cookies):
            response = Response(status: status, headers: .json, body: output.encode(value))
            if isTagged, let tagged = value as? any EntityTagged { response.headers.add("ETag", tagged.tag) }
            response.add(cookies)
        case .accepted(let reply): response = reply.response
        case .refused(let refusal, let cookies):
            response = refusal.problem.response
            response.add(cookies)
        }
        return response
    }

    /// With an answer that the caller writes by itself.
    init(
        _ method: Method, _ path: String, _ access: AccessRule, bodyLimit: Int, _ description: RouteDescription,
        _ answer: @escaping @Sendable (Request, Gate) async throws(StoreFault) -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.bodyLimit = bodyLimit
        self.description = description
        self.answer = answer
    }

    /// A route whose answer never changes: it is encoded once.
    public init<Output>(constant path: String, _ value: Output, _ output: Schema<Output>, sentence: String) {
        let response = Response(status: 200, headers: .json, body: output.encode(value))
        self.init(path, RouteDescription(sentence: sentence, response: output.description)) { _ in response }
    }

    /// The same route, found elsewhere.
    public func found(_ scope: RouteScope) -> Route {
        var copy = self
        copy.scope = scope
        return copy
    }

    /// The same route, for nobody on another origin.
    var withoutPolicy: Route {
        var copy = self
        copy.isForPages = false
        return copy
    }

    /// The same route, for proxies instead of pages.
    func forProxies(isDescribed: Bool) -> Route {
        var copy = withoutPolicy
        copy.isDescribed = isDescribed
        return copy
    }

    /// A public document with caching rules of its own.
    init(_ path: String, _ description: RouteDescription, _ answer: @escaping @Sendable (Request) -> Response) {
        method = .get
        self.path = path
        access = .open
        bodyLimit = 4_096
        self.description = description
        scope = .server
        self.answer = { (request, _) throws(StoreFault) -> Response in answer(request) }
        answerNow = { request, _ in answer(request) }
    }

    /// A public document of each realm.
    init(
        ofRealm path: String, _ description: RouteDescription,
        _ answer: @escaping @Sendable (Request, Realm) -> Response
    ) {
        method = .get
        self.path = path
        access = .open
        bodyLimit = 4_096
        self.description = description
        self.answer = { (request, gate) throws(StoreFault) -> Response in answer(request, gate.realm) }
        answerNow = { request, gate in answer(request, gate.realm) }
    }
}

/// A route without what answers it.
public struct Operation: Sendable {
    public let method: Method
    public let path: String
    public let access: AccessRule
    public let bodyLimit: Int
    public let description: RouteDescription

    /// The names in the path's template, in their order.
    public var pathParameters: [String] {
        path.split(separator: "/").compactMap { segment in
            segment.first == "{" && segment.last == "}" ? String(segment.dropFirst().dropLast()) : nil
        }
    }

    /// What the route refuses, and what is refused for every route before it is asked.
    public var problems: [Problem] {
        var problems = description.problems
        var others = [Problem.contentTooLarge] + (pathParameters.isEmpty ? [] : [.notFound])
        if access.needsProof, !SameOriginProof.isSafe(method) {
            others.append(.sameOriginRequired("the request has neither an Origin nor a Sec-Fetch-Site header"))
            others += [.impersonationReadOnly, .impersonationNotAllowed]
        } else if access.needsProof, ImpersonationRule.isExport(method, path) {
            others.append(.impersonationNotAllowed)
        }
        for problem in others where !problems.contains(where: { $0.code == problem.code }) { problems.append(problem) }
        return problems
    }
}

extension Route {
    public var operation: Operation {
        Operation(method: method, path: path, access: access, bodyLimit: bodyLimit, description: description)
    }
}

extension Response {
    fileprivate mutating func add(_ cookies: [SetCookie]) {
        for cookie in cookies { cookie.add(to: &headers) }
    }
}
