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
        answer = { (request, gate) throws(StoreFault) -> Response in
            switch try await gate.check(rule, request, route: path) {
            case .refused(let problem): return problem.response
            case .admitted(let principal):
                let visitor = Visitor(request: request, realm: gate.realm)
                guard let caller = access.caller(visitor, principal) else { return Problem.serverError.response }
                var response = try await Self.answer(endpoint, intake, output, status, request, caller)
                response.caller = principal
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
            case .admitted(let found?): principal = found
            case .admitted(nil): return Problem.serverError.response
            }
            var response: Response
            switch intake.read(request) {
            case .refused(let problem): response = problem.response
            // Such an endpoint has nothing to add to what is wrong.
            case .misshapen(let problems, _): response = Problem.validation(problems).response
            case .input(let input):
                switch endpoint.answer(input, to: principal) {
                case .success(let value):
                    response = Response(status: status, headers: .json, body: output.encode(value))
                case .refused(let refusal): response = refusal.problem.response
                }
            }
            response.caller = principal
            return response
        }
    }

    private static func answer<E: Endpoint>(
        _ endpoint: E, _ intake: Intake<E.Input>, _ output: Schema<E.Output>, _ status: Int, _ request: Request,
        _ caller: E.Caller
    ) async throws(StoreFault) -> Response {
        let input: E.Input
        switch intake.read(request) {
        case .input(let value): input = value
        case .refused(let problem): return problem.response
        case .misshapen(let problems, let body):
            let named = Set(problems.map(\.field))
            let further = try await endpoint.furtherProblems(of: body, caller)
            return Problem.validation(problems + further.filter { !named.contains($0.field) }).response
        }
        switch try await endpoint(input, caller) {
        case .success(let value): return Response(status: status, headers: .json, body: output.encode(value))
        case .refused(let refusal): return refusal.problem.response
        }
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

    /// A public document with caching rules of its own.
    init(_ path: String, _ description: RouteDescription, _ answer: @escaping @Sendable (Request) -> Response) {
        method = .get
        self.path = path
        access = .open
        bodyLimit = 4_096
        self.description = description
        self.answer = { (request, _) throws(StoreFault) -> Response in answer(request) }
        answerNow = { request, _ in answer(request) }
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
        let others = [Problem.contentTooLarge] + (pathParameters.isEmpty ? [] : [.notFound])
        for problem in others where !problems.contains(where: { $0.code == problem.code }) { problems.append(problem) }
        return problems
    }
}

extension Route {
    public var operation: Operation {
        Operation(method: method, path: path, access: access, bodyLimit: bodyLimit, description: description)
    }
}
