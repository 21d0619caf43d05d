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
            let principal: Principal?
            switch try await gate.check(rule, request, route: path) {
            case .admitted(let found): principal = found
            case .refused(let problem): return problem.response
            }
            let visitor = Visitor(request: request, realm: gate.realm)
            guard let caller = access.caller(visitor, principal) else { return Problem.serverError.response }
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
            case .success(let value):
                return Response(status: status, headers: .json, body: output.encode(value))
            case .refused(let refusal): return refusal.problem.response
            }
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
        method = .get
        self.path = path
        access = .open
        bodyLimit = 4_096
        description = RouteDescription(
            sentence: sentence, request: .nothing, status: 200, response: output.description, problems: [])
        answer = { (_, _) throws(StoreFault) -> Response in response }
    }

    /// A public document with caching rules of its own.
    init(
        document path: String, _ shape: SchemaDescription, sentence: String,
        _ answer: @escaping @Sendable (Request) -> Response
    ) {
        method = .get
        self.path = path
        access = .open
        bodyLimit = 4_096
        description = RouteDescription(
            sentence: sentence, request: .nothing, status: 200, response: shape, problems: [])
        self.answer = { (request, _) throws(StoreFault) -> Response in answer(request) }
    }
}

/// Everything a route reads and can answer, as a plain value: documents such as OpenAPI are made from it.
public struct RouteDescription: Sendable {
    public enum Request: Hashable, Sendable {
        case nothing
        case json(SchemaDescription)
        case query(SchemaDescription)
    }

    public let sentence: String
    public let request: Request
    /// What it reads of the request's head.
    public let headers: [RequestHeader]
    /// Of the answer when nothing was refused.
    public let status: Int
    public let response: SchemaDescription
    /// The media type of that answer (RFC 9110 §8.3.1).
    public let media: String
    /// The endpoint's own, the guard's, and those of reading the request.
    public let problems: [Problem]

    init(
        sentence: String, request: Request, status: Int, response: SchemaDescription,
        media: String = "application/json", problems: [Problem]
    ) {
        self.sentence = sentence
        self.request = request
        headers = []
        self.status = status
        self.response = response
        self.media = media
        self.problems = problems
    }

    init<E: Endpoint>(_: E.Type, access: AccessRule) {
        let reading = Self.reading(E.input, access: access)
        sentence = E.sentence
        request = reading.request
        headers = E.headers
        status = E.status
        response = E.output.description
        media = "application/json"
        problems = Self.distinct(
            reading.problems + E.Refusal.allCases.map(\.problem) + [.temporarilyUnavailable, .serverError])
    }

    /// Of a stream, `response` describes one element.
    init<E: StreamEndpoint>(stream: E.Type, access: AccessRule) {
        let reading = Self.reading(E.input, access: access)
        sentence = E.sentence
        request = reading.request
        headers = E.headers
        status = 200
        response = E.element
        media = E.media
        problems = Self.distinct(
            reading.problems + E.Refusal.allCases.map(\.problem) + [.temporarilyUnavailable, .serverError])
    }

    private static func distinct(_ problems: [Problem]) -> [Problem] {
        var codes: Set<String> = []
        return problems.filter { codes.insert($0.code).inserted }
    }

    /// What is read, and what the guard and the reading may refuse.
    private static func reading<Input>(
        _ input: Intake<Input>, access: AccessRule
    ) -> (request: Request, problems: [Problem]) {
        var problems: [Problem] = []
        switch access {
        case .open: break
        case .signedIn: problems.append(.authenticationRequired(tokenWasPresented: true))
        case .role(let name): problems += [.authenticationRequired(tokenWasPresented: true), .roleRequired(name)]
        case .permission(let pair):
            problems += [.authenticationRequired(tokenWasPresented: true), .permissionRequired(pair)]
        }
        switch input {
        case .unread: return (.nothing, problems)
        case .json(let schema):
            return (
                .json(schema.description),
                problems + [.malformedJSON, .unsupportedMediaType, .contentTooLarge, .validation([])]
            )
        case .query(let schema): return (.query(schema.description), problems + [.malformedQuery, .validation([])])
        }
    }
}
