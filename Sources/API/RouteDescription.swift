internal import Domain
internal import HTTP

/// Everything a route reads and can answer, as a plain value: documents such as OpenAPI are made from it.
public struct RouteDescription: Sendable {
    public enum Request: Hashable, Sendable {
        case nothing
        case json(SchemaDescription)
        case query(SchemaDescription)
    }

    public let sentence: String
    /// What stands in the places of the path's template.
    public let path: [SchemaDescription.Member]
    /// What the query may say beside the body.
    public let query: [SchemaDescription.Member]
    public let request: Request
    /// Whether ``request`` may be left out.
    public let isBodyOptional: Bool
    /// The header fields that the route reads, besides those that every route does.
    public let requestFields: [SchemaDescription.Member]
    /// Of the answer when nothing was refused.
    public let status: Int
    public let response: SchemaDescription
    /// Whether it may be a 202 instead, see ``Endpoint/mayAccept``.
    public let mayAccept: Bool
    /// The media type of that answer (RFC 9110 §8.3.1).
    public let media: String
    /// The header fields of that answer, besides those of framing and `X-Request-Id`.
    public let responseFields: [SchemaDescription.Member]
    /// Whether a client that has the document is answered 304 (RFC 9110 §15.4.5).
    public let isRevalidated: Bool
    /// The endpoint's own, the guard's, and those of reading the request.
    public let problems: [Problem]

    init(
        sentence: String, path: [SchemaDescription.Member] = [], query: [SchemaDescription.Member] = [],
        request: Request = .nothing,
        isBodyOptional: Bool = false, requestFields: [SchemaDescription.Member] = [], status: Int = 200,
        response: SchemaDescription, mayAccept: Bool = false, media: String = "application/json",
        responseFields: [SchemaDescription.Member] = SchemaDescription.Member.describing(.json),
        isRevalidated: Bool = false, problems: [Problem] = []
    ) {
        self.sentence = sentence
        self.path = path
        self.query = query
        self.request = request
        self.isBodyOptional = isBodyOptional
        self.requestFields = requestFields
        self.status = status
        self.response = response
        self.mayAccept = mayAccept
        self.media = media
        self.responseFields = responseFields
        self.isRevalidated = isRevalidated
        self.problems = problems
    }

    /// Takes the type as any endpoint's, so that the compiler writes this once and not for each of some hundreds.
    init(_ endpoint: any Endpoint.Type, access: AccessRule) {
        let reading = Self.reading(endpoint.intake, access: access)
        self.init(
            sentence: endpoint.sentence, path: reading.path, query: reading.query, request: reading.request,
            isBodyOptional: reading.isBodyOptional, requestFields: endpoint.requestFields, status: endpoint.status,
            response: endpoint.answer, mayAccept: endpoint.mayAccept,
            responseFields: SchemaDescription.Member.describing(.json)
                + (endpoint.isTagged ? [.entityTag] : []) + (endpoint.setsCookies ? [.setCookie] : []),
            problems: Self.distinct(reading.problems + endpoint.refusals))
    }

    /// Of a stream, `response` describes one element.
    init<E: StreamEndpoint>(stream: E.Type, access: AccessRule) {
        let reading = Self.reading(E.input.description, access: access)
        self.init(
            sentence: E.sentence, path: reading.path, query: reading.query, request: reading.request,
            isBodyOptional: reading.isBodyOptional, requestFields: E.requestFields, response: E.element,
            media: E.media, responseFields: SchemaDescription.Member.describing(.stream),
            problems: Self.distinct(reading.problems + E.Refusal.allCases.map(\.problem)))
    }

    static func distinct(_ problems: [Problem]) -> [Problem] {
        var codes: Set<String> = []
        return (problems + [.temporarilyUnavailable, .serverError]).filter { codes.insert($0.code).inserted }
    }

    /// What is read, with what the guard and the reading may refuse.
    static func reading(_ input: IntakeDescription, access: AccessRule) -> IntakeDescription {
        var problems: [Problem] = []
        switch access {
        case .open, .recognised: break
        case .proven: problems.append(.authenticationRequired(tokenWasPresented: true))
        case .signedIn, .leaving: problems += [.authenticationRequired(tokenWasPresented: true), .personRequired]
        case .permission(let pair):
            problems += [.authenticationRequired(tokenWasPresented: true), .permissionRequired(pair)]
        case .operators: problems.append(.notFound)
        }
        var description = input
        description.problems = problems + description.problems
        return description
    }
}

extension Endpoint {
    fileprivate static var intake: IntakeDescription { input.description }
    fileprivate static var answer: SchemaDescription { output.description }
    fileprivate static var refusals: [Problem] { Refusal.allCases.map(\.problem) }
    fileprivate static var isTagged: Bool { Output.self is any EntityTagged.Type }
}
