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
    public let request: Request
    /// The header fields that the route reads, besides those that every route does.
    public let requestFields: [SchemaDescription.Member]
    /// Of the answer when nothing was refused.
    public let status: Int
    public let response: SchemaDescription
    /// The media type of that answer (RFC 9110 §8.3.1).
    public let media: String
    /// The header fields of that answer, besides those of framing and `X-Request-Id`.
    public let responseFields: [SchemaDescription.Member]
    /// Whether a client that has the document is answered 304 (RFC 9110 §15.4.5).
    public let isRevalidated: Bool
    /// The endpoint's own, the guard's, and those of reading the request.
    public let problems: [Problem]

    init(
        sentence: String, request: Request = .nothing, requestFields: [SchemaDescription.Member] = [],
        status: Int = 200, response: SchemaDescription, media: String = "application/json",
        responseFields: [SchemaDescription.Member] = SchemaDescription.Member.describing(.json),
        isRevalidated: Bool = false, problems: [Problem] = []
    ) {
        self.sentence = sentence
        self.request = request
        self.requestFields = requestFields
        self.status = status
        self.response = response
        self.media = media
        self.responseFields = responseFields
        self.isRevalidated = isRevalidated
        self.problems = problems
    }

    init<E: Endpoint>(_: E.Type, access: AccessRule) {
        let reading = Self.reading(E.input, access: access)
        self.init(
            sentence: E.sentence, request: reading.request, requestFields: E.requestFields, status: E.status,
            response: E.output.description,
            problems: Self.distinct(reading.problems + E.Refusal.allCases.map(\.problem)))
    }

    /// Of a stream, `response` describes one element.
    init<E: StreamEndpoint>(stream: E.Type, access: AccessRule) {
        let reading = Self.reading(E.input, access: access)
        self.init(
            sentence: E.sentence, request: reading.request, requestFields: E.requestFields, response: E.element,
            media: E.media, responseFields: SchemaDescription.Member.describing(.stream),
            problems: Self.distinct(reading.problems + E.Refusal.allCases.map(\.problem)))
    }

    private static func distinct(_ problems: [Problem]) -> [Problem] {
        var codes: Set<String> = []
        return (problems + [.temporarilyUnavailable, .serverError]).filter { codes.insert($0.code).inserted }
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
        case .operators: problems.append(.notFound)
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
