import Domain
import HTTP
import Standards
import Storage
import Testing

@testable import API

@Suite("The description of the API") struct OpenAPITests {
    private func document(_ body: (JSON, [Route]) throws -> Void) async throws {
        try await withAPI { api in
            let response = try await api.send("", .get, "/openapi.json")
            #expect(response.status == 200)
            try body(try JSON.parse(response.body, limits: JSON.Limits(bytes: 4 << 20)), api.api.routes)
        }
    }

    @Test func `lists exactly the routes of the table, itself and the page among them`() async throws {
        try await document { document, routes in
            var listed: [String] = []
            for path in document["paths"]?.members ?? [] {
                for method in path.value.members ?? [] { listed.append("\(method.name.uppercased()) \(path.name)") }
            }
            #expect(listed.sorted() == routes.filter(\.isDescribed).map { "\($0.method.rawValue) \($0.path)" }.sorted())
            for path in ["/openapi.json", "/docs", "/docs/app.js", "/docs/style.css"] {
                #expect(listed.contains("GET \(path)"))
            }
        }
    }

    @Test func `has what OpenAPI 3.1 asks for, and references that lead somewhere`() async throws {
        try await document { document, _ in
            #expect(document["openapi"]?.string == "3.1.1")
            #expect(document["info"]?["title"]?.string == "Aldrava" && document["info"]?["version"]?.string == "1.2.3")
            #expect(document["components"]?["securitySchemes"]?["bearer"]?["scheme"]?.string == "bearer")
            for reference in Self.references(document) {
                #expect(Self.target(reference, in: document) != nil, "\(reference)")
            }
        }
    }

    @Test func `says for every route what its description says`() async throws {
        try await document { document, routes in
            var identifiers: Set<String> = []
            for route in routes where route.isDescribed {
                let operation = try #require(document["paths"]?[route.path]?[route.method.rawValue.lowercased()])
                let name = try #require(operation["operationId"]?.string)
                #expect(identifiers.insert(name).inserted, "\(name) twice")
                #expect(operation["summary"]?.string == route.description.sentence)
                #expect(operation["security"]?.array?.isEmpty == (route.access == .open))
                let responses = try #require(operation["responses"])
                let success = try #require(responses["\(route.description.status)"])
                #expect(success["content"]?[route.description.media] != nil)
                for problem in route.operation.problems {
                    let response = try #require(responses["\(problem.status)"], "\(route.path) \(problem.code)")
                    let found = response["$ref"]?.string.flatMap { Self.target($0, in: document) } ?? response
                    let codes = found["content"]?["application/json"]?["schema"]?["properties"]?["code"]
                    #expect(codes?.text.contains("\"\(problem.code)\"") == true, "\(route.path) \(problem.code)")
                    #expect((found["headers"]?["Retry-After"] != nil) == [429, 503].contains(problem.status))
                    #expect((found["headers"]?["WWW-Authenticate"] != nil) == (problem.status == 401))
                }
                for status in [408, 414, 417, 431] { #expect(responses["\(status)"] != nil, "\(route.path)") }
            }
        }
    }

    @Test func `knows every field that a route or a refusal writes`() {
        let known = SchemaDescription.Member.known.map(\.name)
        let problems: [Problem] = [
            .authenticationRequired(tokenWasPresented: true), .busy(retryAfter: .seconds(1)), .notFound,
        ]
        for response in problems.map(\.response) + Refusal.allCases.map(\.response) {
            for (name, _) in response.headers.pairs where name != "Content-Type" { #expect(known.contains(name)) }
        }
    }

    @Test func `two shapes never share a name`() {
        var shared = Components()
        let first = SchemaDescription.named("Thing", .boolean(example: true)).jsonSchema(.answer, &shared)
        let again = SchemaDescription.named("Thing", .boolean(example: true)).jsonSchema(.answer, &shared)
        let other = SchemaDescription.named("Thing", .anyObject).jsonSchema(.answer, &shared)
        #expect(first == ["$ref": "#/components/schemas/Thing"] && again == first)
        #expect(other == ["type": "object", "additionalProperties": true])
    }

    private struct Echo: Endpoint {
        static let sentence = "Answers what it was asked."
        static let input = Intake.nothing
        static let output: Schema<HealthReply> = HealthReply.schema
        func callAsFunction(_ input: Void, _ caller: Visitor) async throws(StoreFault) -> Answer<HealthReply, NoRefusal>
        {
            .success(HealthReply(status: "ok"))
        }
    }

    @Test func `names what stands in a path, and says that it may not be found`() throws {
        let route = Route(.get, "/api/users/{id}/keys/{key-id}", .open, Echo())
        let document = OpenAPI.document(of: [route.operation], version: "1")
        let operation = try #require(document["paths"]?["/api/users/{id}/keys/{key-id}"]?["get"])
        #expect(operation["operationId"]?.string == "getUsersByIdKeysByKeyId")
        let parameters = try #require(operation["parameters"]?.array)
        #expect(parameters.map { $0["name"]?.string } == ["id", "key-id"])
        #expect(parameters.allSatisfy { $0["in"]?.string == "path" && $0["required"]?.bool == true })
        #expect(operation["responses"]?["404"] != nil)
    }

    @Test func `an answer that is no JSON is described by its media type`() throws {
        let description = RouteDescription(
            sentence: "Events.",
            requestFields: [
                .init(name: "Last-Event-ID", isRequired: false, shape: .text(example: "7"), sentence: "The newest.")
            ], response: .text(example: ""), media: "text/event-stream")
        let route = Route("/stream", description) { _ in Response(status: 200) }
        let operation = OpenAPI.document(of: [route.operation], version: "1")["paths"]?["/stream"]?["get"]
        #expect(operation?["responses"]?["200"]?["content"] == ["text/event-stream": ["schema": ["type": "string"]]])
        #expect(operation?["parameters"]?.array?.first?["in"]?.string == "header")
    }

    static func references(_ json: JSON) -> [String] {
        switch json {
        case .object(let members):
            return members.flatMap { $0.name == "$ref" ? [$0.value.string].compactMap(\.self) : references($0.value) }
        case .array(let elements): return elements.flatMap(references)
        case .null, .bool, .integer, .number, .string: return []
        }
    }

    static func target(_ reference: String, in document: JSON) -> JSON? {
        reference.split(separator: "/").dropFirst().reduce(document) { $0?[String($1)] }
    }
}

@Suite("JSON Schema") struct JSONSchemaTests {
    static let shapes: [(SchemaDescription, String)] = [
        (.text(example: ""), #"{"type":"string"}"#),
        (
            .text(characters: 1...3, bytes: 0...Int.max, example: "a"),
            #"{"type":"string","minLength":1,"maxLength":3,"examples":["a"]}"#
        ),
        // Two bytes can be one character; five need two at least.
        (
            .text(characters: 0...Int.max, bytes: 5...9, example: ""),
            #"{"type":"string","minLength":2,"maxLength":9,"description":"5 to 9 bytes in UTF-8."}"#
        ),
        (.pattern("^a$", example: "a"), #"{"type":"string","pattern":"^a$","examples":["a"]}"#),
        (
            .secret(bytes: 1...4, example: "x"),
            #"{"type":"string","format":"password","writeOnly":true,"minLength":1,"maxLength":4,"description":"At most 4 bytes in UTF-8.","examples":["x"]}"#
        ),
        (.boolean(example: true), #"{"type":"boolean","examples":[true]}"#),
        (
            .integer(-5...5, example: 1),
            #"{"type":"integer","format":"int64","minimum":-5,"maximum":5,"examples":[1]}"#
        ),
        (.integer(0...Int64.max, example: 1), #"{"type":"integer","format":"int64","minimum":0,"examples":[1]}"#),
        (.choice(["a", "b"]), #"{"type":"string","enum":["a","b"]}"#),
        (
            .array(.choice(["a"]), count: 1...2),
            #"{"type":"array","items":{"type":"string","enum":["a"]},"minItems":1,"maxItems":2}"#
        ),
        (.anyObject, #"{"type":"object","additionalProperties":true}"#),
        (.anything, #"{"description":"Any JSON value."}"#),
        (.nullable(.choice(["a"])), #"{"type":["string","null"],"enum":["a",null]}"#),
        (
            .nullable(.named("N", .anyObject)), ##"{"anyOf":[{"$ref":"#/components/schemas/N"},{"type":"null"}]}"##
        ),
        (
            .object([
                .init(name: "a", isRequired: true, shape: .anyObject, sentence: "A."),
                .init(name: "b", isRequired: false, shape: .boolean(example: true), sentence: "B."),
            ]),
            #"{"type":"object","properties":{"a":{"type":"object","additionalProperties":true,"description":"A."},"#
                + #""b":{"type":"boolean","examples":[true],"description":"B."}},"required":["a"]}"#
        ),
    ]

    @Test(arguments: shapes.indices) func `says what the shape says, and never more`(_ index: Int) {
        let (shape, expected) = Self.shapes[index]
        var shared = Components()
        #expect(shape.jsonSchema(.answer, &shared).text == expected)
    }

    @Test func `what may be left out of a request may be null there, and not in an answer`() {
        let shape = SchemaDescription.object([
            .init(name: "a", isRequired: false, shape: .boolean(example: true), sentence: "A.")
        ])
        var shared = Components()
        #expect(shape.jsonSchema(.request, &shared)["properties"]?["a"]?["type"] == ["boolean", "null"])
        #expect(shape.jsonSchema(.answer, &shared)["properties"]?["a"]?["type"] == "boolean")
    }

    @Test func `an example has every member, and fits`() throws {
        for shape in [SchemaTests.Everything.schema.description, TokenReply.schema.description] {
            #expect(shape.example.members?.count == shape.members?.filter(\.isInExample).count)
        }
        _ = try SchemaTests.Everything.schema.decode(SchemaTests.Everything.schema.description.example)
        #expect(TokenReply.schema.description.mismatch(TokenReply.schema.description.example) == nil)
    }
}
