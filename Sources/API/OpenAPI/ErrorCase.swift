internal import Domain
internal import Flows
internal import HTTP
internal import Standards

/// One way in which a request can be refused, with the very answer that a client gets.
struct ErrorCase {
    let code: String
    let sentence: String
    let response: Response
    /// Refused of any message, before a route is looked for.
    let isOfMessages: Bool
    let removesCookies: Bool

    var status: Int { response.status }

    init(_ problem: Problem) {
        code = problem.code
        sentence = problem.message
        // Without a field nobody would see what `details` looks like.
        let shown = problem.code == Problem.validation([]).code ? Self.validation : problem
        response = shown.response
        isOfMessages = false
        removesCookies = problem.removesCookies
    }

    /// What the HTTP layer answers by itself; its code and its sentence are read from the body.
    private init(_ response: Response) {
        let body = try? JSON.parse(response.body)
        code = body?["code"]?.string ?? ""
        sentence = body?["error"]?.string ?? ""
        self.response = response
        isOfMessages = true
        removesCookies = false
    }

    private static let validation = Problem.validation([
        FieldProblem(field: "password", code: "password_too_short", message: "must have at least 8 characters")
    ])

    /// What the server refuses of any message, before a route is looked for.
    ///
    /// A method that is not known belongs to no operation, so it is not among them.
    static let ofMessages: [ErrorCase] =
        (Refusal.allCases.filter { $0.status != 405 }.map(\.response)
        + [.requestTimeout, .tooManyConnections, .sourceBlocked, .tlsExpected]).map { ErrorCase($0) }

    static func schemaName(_ status: Int) -> String { "MessageRefusal\(status)" }

    /// The codes of refused messages, by status: too many to repeat them with each operation.
    static let sharedCodes: [JSON.Member] = {
        var statuses: [Int] = []
        for error in ofMessages where !statuses.contains(error.status) { statuses.append(error.status) }
        return statuses.map { status in
            let codes = ofMessages.filter { $0.status == status }.map { JSON.string($0.code) }
            return JSON.Member(
                schemaName(status),
                ["type": "string", "description": "What is wrong with the message itself.", "enum": .array(codes)])
        }
    }()
}

extension [ErrorCase] {
    /// All of one status as one OpenAPI response.
    func openAPI(_ shared: inout Components) -> JSON {
        let own = filter { !$0.isOfMessages }
        let name = (["\(first?.status ?? 0)"] + own.map(\.code)).joined(separator: ".")
        return shared.response(name, response(shared))
    }

    private func response(_ shared: Components) -> JSON {
        ["description": .string(sentences), "headers": headers(shared), "content": content]
    }

    private var sentences: String {
        let coded = filter { !$0.isOfMessages }.map { "`\($0.code)`: \($0.sentence)." }
        // A few can be told; of malformed messages there are too many kinds.
        let messages = filter(\.isOfMessages).map(\.sentence)
        let told = messages.count > 3 ? ["The message itself is malformed."] : messages
        return (coded + told).joined(separator: " ")
    }

    /// Those that every case has are always there.
    private func headers(_ shared: Components) -> JSON {
        let fields = map { SchemaDescription.Member.describing($0.response.headers) }
        let known = SchemaDescription.Member.known.filter { field in fields.contains { $0.contains(field) } }
        return .object(
            ([.requestID] + known).map { field in
                // What is no redirection may say where to go, and need not.
                let isHint = field.name == "Location" && !contains { (300...399).contains($0.status) }
                let isAlways = field == .requestID || (!isHint && fields.allSatisfy { $0.contains(field) })
                return JSON.Member(field.name, shared.header(isAlways ? field : field.optional))
            } + (contains(where: \.removesCookies) ? [JSON.Member("Set-Cookie", shared.header(.setCookie))] : []))
    }

    private var content: JSON {
        let schema: JSON = ["$ref": "#/components/schemas/Problem", "properties": ["code": codes]]
        return ["application/json": ["schema": schema, "examples": .object(examples)]]
    }

    private var codes: JSON {
        let own = filter { !$0.isOfMessages }.map { JSON.string($0.code) }
        guard let refused = first(where: \.isOfMessages) else { return ["enum": .array(own)] }
        let messages: JSON = ["$ref": .string("#/components/schemas/\(ErrorCase.schemaName(refused.status))")]
        return own.isEmpty ? messages : ["anyOf": [["enum": .array(own)], messages]]
    }

    /// One for each code of a route's own; of the message's, the first.
    private var examples: [JSON.Member] {
        let own = filter { !$0.isOfMessages }
        return (own.isEmpty ? Array(prefix(1)) : own).compactMap { error in
            (try? JSON.parse(error.response.body)).map { JSON.Member(error.code, ["value": $0]) }
        }
    }
}

extension SchemaDescription.Member {
    /// The same field, where some answers have it and some do not.
    var optional: Self { Self(name: name, isRequired: false, shape: shape, sentence: sentence) }
}
