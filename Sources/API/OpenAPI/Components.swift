internal import HTTP
internal import Standards

/// What several operations share, gathered while they are described. Everything here is referred to by name.
struct Components {
    private var schemas: [JSON.Member] = []
    private var responses: [JSON.Member] = []

    init() {
        schemas = [JSON.Member("Problem", Self.problem)] + ErrorCase.sharedCodes
    }

    /// A reference to the schema of that name. One name stands for one shape: what differs is written in place.
    mutating func schema(_ name: String, _ json: JSON) -> JSON {
        Self.refer("schemas", name, json, in: &schemas)
    }

    /// A reference to the response of that name, or the response itself where the name is another's.
    mutating func response(_ name: String, _ json: JSON) -> JSON {
        Self.refer("responses", name, json, in: &responses)
    }

    /// A reference where the field is one that every route may have, otherwise its description.
    func header(_ field: SchemaDescription.Member) -> JSON {
        SchemaDescription.Member.known.contains(field)
            ? ["$ref": .string("#/components/headers/\(field.name)")] : field.header
    }

    var json: JSON {
        [
            "schemas": .object(schemas),
            "responses": .object(responses),
            "headers": .object(SchemaDescription.Member.known.map { JSON.Member($0.name, $0.header) }),
            "securitySchemes": [
                "bearer": [
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "The member `token` of an answer to register, login or refresh.",
                ],
                "cookie": [
                    "type": "apiKey", "in": "cookie", "name": "__Host-default_access",
                    "description": """
                    Set by register, login and refresh with `"transport": "cookie"`; the name has the realm's in the place of \
                    `default`. What changes anything needs `Origin` or `Sec-Fetch-Site` besides.
                    """,
                ],
                "apiKey": [
                    "type": "apiKey", "in": "header", "name": "X-Service-Api-Key",
                    "description": "A program's key. It is tried before the token, and that before the cookie.",
                ],
            ],
        ]
    }

    private static func refer(_ kind: String, _ name: String, _ json: JSON, in known: inout [JSON.Member]) -> JSON {
        let reference: JSON = ["$ref": .string("#/components/\(kind)/\(name)")]
        guard let found = known.first(where: { $0.name == name }) else {
            known.append(JSON.Member(name, json))
            return reference
        }
        return found.value == json ? reference : json
    }

    /// ``Problem/response``.
    private static let problem: JSON = [
        "type": "object",
        "description": "Why a request was not carried out.",
        "properties": [
            "error": ["type": "string", "description": "What is wrong, for people.", "examples": ["Validation error"]],
            "code": [
                "type": "string", "pattern": "^[a-z0-9_]+$", "description": "The same for programs; never changes.",
                "examples": ["validation_error"],
            ],
            "details": [
                "type": "object",
                "description":
                    "By the field's name, every reason why its value is refused. Only with `validation_error`.",
                "minProperties": 1,
                "additionalProperties": ["type": "array", "items": ["type": "string"], "minItems": 1],
                "examples": [["password": ["must have at least 8 characters"]]],
            ],
        ],
        "required": ["error", "code"],
    ]
}

extension SchemaDescription.Member {
    /// As an OpenAPI header object. Header names need no place of their own: they are the key.
    fileprivate var header: JSON {
        var nothing = Components()
        return [
            "description": .string(sentence), "required": .bool(isRequired),
            "schema": shape.jsonSchema(.answer, &nothing),
        ]
    }
}
