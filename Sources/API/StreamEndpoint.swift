internal import Domain
public import Flows
public import HTTP
internal import Standards
public import Storage

/// One operation whose answer is not a value but goes on: described like an ``Endpoint``, written by itself.
public protocol StreamEndpoint: Sendable {
    associatedtype Input: Sendable
    associatedtype Refusal: ClientError

    /// One sentence for whoever reads the documentation.
    static var sentence: String { get }
    static var input: Intake<Input> { get }
    static var requestFields: [SchemaDescription.Member] { get }
    /// Of one element of the stream.
    static var element: SchemaDescription { get }
    static var media: String { get }

    /// `vigil` watches over whoever asked; the stream must end when it does.
    func callAsFunction(
        _ input: Input, _ caller: Member, _ vigil: Vigil
    ) async throws(StoreFault) -> Answer<BodyStream, Refusal>
}

extension Route {
    /// A stream for those who are signed in.
    public init<E: StreamEndpoint>(stream path: String, _ access: Access<Member>, _ endpoint: E) {
        let rule = access.rule
        self.init(
            .get, path, rule, bodyLimit: 4_096,
            RouteDescription(stream: E.self, access: rule)
        ) { (request, gate) throws(StoreFault) -> Response in
            let result: AuthResult?
            switch try await gate.check(rule, request, route: path) {
            case .admitted(let found): result = found
            case .refused(let problem): return problem.response
            }
            let visitor = Visitor(request: request, realm: gate.realm, client: gate.client)
            guard let result, let caller = access.caller(visitor, result) else {
                return Problem.personRequired.response
            }
            guard
                let vigil = gate.shared.keeper.vigil(
                    over: gate.credentials(of: request), by: result.source, in: gate.realm,
                    while: { rule.isSatisfied(by: $0) })
            else { return Problem.serverError.response }
            let input: E.Input
            switch E.input.read(request, gate.parameters) {
            case .input(let value): input = value
            case .refused(let problem): return problem.response
            case .misshapen(let problems, _): return Problem.validation(problems).response
            }
            switch try await endpoint(input, caller, vigil) {
            case .success(let stream, _):
                return Response(status: 200, headers: .stream, stream: stream)
            case .accepted(let reply): return reply.response
            case .refused(let refusal, _): return refusal.problem.response
            }
        }
    }
}

extension Headers {
    /// Of a stream of events.
    static let stream: Headers = {
        var headers = Headers()
        headers.add("Content-Type", ServerSentEvent.media)
        headers.add("Cache-Control", "no-store")
        headers.add("X-Content-Type-Options", "nosniff")
        // nginx would otherwise gather events until its buffer is full.
        headers.add("X-Accel-Buffering", "no")
        return headers
    }()
}
