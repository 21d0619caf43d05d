internal import Domain
internal import HTTP
internal import Standards

/// The description of the whole API (OpenAPI 3.1.1), derived from the table of routes: it cannot say anything else
/// than what the routes do, because there is nothing else that it is written from.
enum OpenAPI {
    static let path = "/openapi.json"

    /// Describes these operations, and nothing else.
    static func document(of operations: [Operation], version: String) -> JSON {
        var shared = Components()
        var paths: [(path: String, methods: [JSON.Member])] = []
        for operation in operations {
            let member = JSON.Member(operation.method.rawValue.lowercased(), operation.openAPI(&shared))
            if let place = paths.firstIndex(where: { $0.path == operation.path }) {
                paths[place].methods.append(member)
            } else {
                paths.append((operation.path, [member]))
            }
        }
        return [
            "openapi": "3.1.1",
            "info": [
                "title": "Aldrava",
                "summary": "Identity and access: who somebody is, and what they may do.",
                "description": .string(conventions),
                "license": ["name": "Apache 2.0", "identifier": "Apache-2.0"],
                "version": .string(version),
            ],
            "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
            "servers": [["url": "/", "description": "The server that this document comes from."]],
            "tags": .array(Tag.all(of: operations)),
            "paths": .object(paths.map { JSON.Member($0.path, .object($0.methods)) }),
            "components": shared.json,
        ]
    }

    /// What holds for every operation, so that none of them has to repeat it.
    private static let conventions = """
        Bodies are JSON in UTF-8. Members that are not described here are ignored in requests, and clients must ignore \
        those that they do not know in answers.

        **Errors** are objects with `error`, a sentence for people, and `code`, a word for programs that never changes; \
        a `validation_error` lists in `details` every field that is wrong, with reasons. A path that is not listed here \
        answers 404 with the code `not_found`; another method than those listed answers 405 with `method_not_allowed` \
        and `Allow`. `HEAD` is answered wherever `GET` is, without the body. `OPTIONS` names the methods.

        **Every answer** carries `X-Request-Id`, the request's name in the server's logs. A request may bring a name of \
        its own: 1 to 64 letters, digits, `-`, `.` and `_`.

        **Try again later** is 503, with the seconds to wait in `Retry-After`.

        **Pages of other origins** that the operator lists may read the answers: they also carry the fields of CORS, and \
        `Vary: Origin`. The preflight of any other page is answered 403 with the code `origin_not_allowed`.
        """
}

extension Route {
    /// `GET /openapi.json`: the other routes and itself.
    init(describing routes: [Route], version: String) {
        let description = RouteDescription(
            sentence: "This description of the API, in the form of OpenAPI 3.1.", response: .anyObject,
            caching: Self.constantCaching)
        let own = Operation(
            method: .get, path: OpenAPI.path, access: .open, bodyLimit: 4_096, description: description)
        let operations = routes.filter(\.isDescribed).map(\.operation) + [own]
        let document = ConstantDocument { OpenAPI.document(of: operations, version: version).bytes }
        self.init(constant: OpenAPI.path, description, document)
    }
}

/// What an operation belongs to, by its path.
private enum Tag {
    static func name(_ path: String) -> String {
        let segments = path.split(separator: "/")
        switch segments.first {
        case "api": return segments.count > 1 ? String(segments[1]) : "operations"
        case ".well-known": return "keys"
        case "docs", "openapi.json": return "documentation"
        default: return "operations"
        }
    }

    private static let sentences: [(name: String, sentence: String)] = [
        ("auth", "Signing up, in and out, and who somebody is."),
        ("admin", "What administrators do for others."),
        ("audit", "What happened, when, and who confirmed it."),
        ("keys", "What other programs need to check tokens by themselves."),
        ("operations", "Whether the server is well."),
        ("documentation", "This description, for people and for programs."),
    ]

    /// In the order in which they first appear.
    static func all(of operations: [Operation]) -> [JSON] {
        var names: [String] = []
        for operation in operations where !names.contains(operation.tag) { names.append(operation.tag) }
        return names.map { name in
            let sentence = sentences.first { $0.name == name }?.sentence
            return .object(
                [.init("name", .string(name))] + (sentence.map { [.init("description", .string($0))] } ?? []))
        }
    }
}

extension Operation {
    var tag: String { Tag.name(path) }

    /// The method and the words of the path, without `api`: `getAuditLogs`. As stable as the path is, and as unique.
    var identifier: String {
        let segments = path.split(separator: "/").drop { $0 == "api" }
        let words = segments.flatMap { segment -> [String] in
            let isParameter = segment.first == "{"
            let words = segment.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.map(String.init)
            return isParameter ? ["by"] + words : words
        }
        return method.rawValue.lowercased() + (words.isEmpty ? ["root"] : words).map(\.capital).joined()
    }
}

extension String {
    /// With a capital first letter.
    var capital: String { prefix(1).uppercased() + dropFirst() }
}
