internal import Domain
internal import Flows
internal import HTTP
internal import Standards

/// One way in which a request can be refused, with the very answer that a client gets.
struct ErrorCase {
    /// `nil` where the answer has no body.
    let code: String?
    let sentence: String
    let response: Response

    var status: Int { response.status }
    var media: String? { response.headers["Content-Type"] }
    var isProblem: Bool { media == "application/json" }

    init(_ problem: Problem) {
        code = problem.code
        sentence = problem.message
        // Without a field nobody would see what `details` looks like.
        let shown = problem.code == Problem.validation([]).code ? Self.validation : problem
        response = shown.response
    }

    private init(_ refusal: Refusal) {
        code = refusal.rawValue
        sentence = refusal.sentence
        response = refusal.response
    }

    private init(_ sentence: String, _ response: Response) {
        code = nil
        self.sentence = sentence
        self.response = response
    }

    private static let validation = Problem.validation([
        FieldProblem(field: "password", code: "password_too_short", message: "must have at least 8 characters")
    ])

    /// What the server refuses of any message, before a route is looked for.
    ///
    /// A method that is not known belongs to no operation, so it is not among them.
    static let ofMessages: [ErrorCase] =
        Refusal.allCases.filter { $0.status != 405 }.map(ErrorCase.init)
        + [
            ErrorCase("The message did not arrive in time.", Response(status: 408)),
            ErrorCase("There is no place for another connection.", noPlace),
        ]

    private static let noPlace: Response = {
        var headers = Headers()
        headers.add("Retry-After", "1")
        return Response(status: 503, headers: headers)
    }()
}

extension [ErrorCase] {
    /// All of one status as one OpenAPI response.
    func openAPI(_ shared: inout Components) -> JSON {
        let own = filter { !$0.isOfMessages }
        let name = (["\(first?.status ?? 0)"] + own.compactMap(\.code)).joined(separator: ".")
        return shared.response(name, response(shared))
    }

    private func response(_ shared: Components) -> JSON {
        var members: [JSON.Member] = [
            .init("description", .string(sentences)), .init("headers", headers(shared)),
        ]
        if let content { members.append(.init("content", content)) }
        return .object(members)
    }

    private var sentences: String {
        let coded = filter { $0.code != nil && !$0.isOfMessages }.map { "`\($0.code ?? "")`: \($0.sentence)." }
        let bare = filter { $0.code == nil }.map(\.sentence)
        // A few can be told; of malformed messages there are too many kinds.
        let messages = filter { $0.isOfMessages && $0.code != nil }.map(\.sentence)
        let told = messages.count > 3 ? ["The message itself is malformed."] : messages
        return (coded + told + bare).joined(separator: " ")
    }

    /// Those that every case has are always there.
    private func headers(_ shared: Components) -> JSON {
        let fields = map { SchemaDescription.Member.describing($0.response.headers) }
        let known = SchemaDescription.Member.known.filter { field in fields.contains { $0.contains(field) } }
        return .object(
            ([.requestID] + known).map { field in
                let isAlways = field == .requestID || fields.allSatisfy { $0.contains(field) }
                return JSON.Member(field.name, shared.header(isAlways ? field : field.optional))
            })
    }

    private var content: JSON? {
        var members: [JSON.Member] = []
        let problems = filter(\.isProblem)
        if !problems.isEmpty {
            let code: JSON = problems.codes
            members.append(
                .init(
                    "application/json",
                    [
                        "schema": ["$ref": "#/components/schemas/Problem", "properties": ["code": code]],
                        "examples": .object(problems.examples),
                    ]))
        }
        for other in self where !other.isProblem {
            guard let media = other.media, !members.contains(where: { $0.name == media }) else { continue }
            members.append(.init(media, ["schema": ["type": "string"], "example": .string(other.body)]))
        }
        return members.isEmpty ? nil : .object(members)
    }

    private var codes: JSON {
        let own = filter { !$0.isOfMessages }.compactMap(\.code)
        guard let refused = first(where: \.isOfMessages) else { return ["enum": .array(own.map(JSON.string))] }
        let messages: JSON = ["$ref": .string("#/components/schemas/\(Self.schemaName(refused.status))")]
        return own.isEmpty ? messages : ["anyOf": [["enum": .array(own.map(JSON.string))], messages]]
    }

    /// One for each code of a route's own; of the message's, the first.
    private var examples: [JSON.Member] {
        let own = filter { !$0.isOfMessages }
        return (own.isEmpty ? Array(prefix(1)) : own).compactMap { error in
            guard let code = error.code, let body = try? JSON.parse(error.response.body) else { return nil }
            return JSON.Member(code, ["value": body])
        }
    }

    static func schemaName(_ status: Int) -> String { "MessageRefusal\(status)" }

    /// The codes of refused messages, by status: too many to repeat them with each operation.
    static var sharedCodes: [JSON.Member] {
        let coded = ErrorCase.ofMessages.filter { $0.isProblem && $0.code != nil }
        var statuses: [Int] = []
        for error in coded where !statuses.contains(error.status) { statuses.append(error.status) }
        return statuses.map { status in
            let codes = coded.filter { $0.status == status }.compactMap(\.code).map(JSON.string)
            return JSON.Member(
                schemaName(status),
                ["type": "string", "description": "What is wrong with the message itself.", "enum": .array(codes)])
        }
    }
}

extension ErrorCase {
    fileprivate var isOfMessages: Bool {
        Self.ofMessages.contains { $0.code == code && $0.status == status && $0.sentence == sentence }
    }

    fileprivate var body: String { String(decoding: response.body, as: UTF8.self) }
}

extension SchemaDescription.Member {
    /// The same field, where some answers have it and some do not.
    var optional: Self { Self(name: name, isRequired: false, shape: shape, sentence: sentence) }
}
