internal import Standards

/// Which way a value goes: what a client may leave out or may send differs from what it gets.
enum Direction {
    case request
    case answer
}

extension SchemaDescription {
    /// This as a JSON Schema (draft 2020-12).
    ///
    /// It never refuses what the server takes. What JSON Schema cannot say, such as limits in bytes, is in the
    /// description.
    func jsonSchema(_ direction: Direction, _ shared: inout Components) -> JSON {
        switch self {
        case .text(let characters, let bytes, let example):
            return .object(
                [.init("type", "string")] + Self.lengths(characters, bytes) + Self.examples(.string(example)))
        case .pattern(let pattern, let example):
            return ["type": "string", "pattern": .string(pattern), "examples": [.string(example)]]
        case .secret(let characters, let bytes, let example):
            return .object(
                [.init("type", "string"), .init("format", "password"), .init("writeOnly", true)]
                    + Self.lengths(characters, bytes) + Self.examples(.string(example)))
        case .boolean(let example): return ["type": "boolean", "examples": [.bool(example)]]
        case .integer(let range, let example):
            return .object(
                [.init("type", "integer"), .init("format", "int64"), .init("minimum", .integer(range.lowerBound))]
                    + (range.upperBound == .max ? [] : [.init("maximum", .integer(range.upperBound))])
                    + Self.examples(.integer(example)))
        case .timestamp(let example):
            return [
                "type": "string", "format": "date-time",
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$",
                "examples": [.string(example)],
            ]
        case .identifier(let example): return ["type": "string", "format": "uuid", "examples": [.string(example)]]
        case .choice(let words): return ["type": "string", "enum": .array(words.map(JSON.string))]
        case .array(let element, let count):
            return .object(
                [.init("type", "array"), .init("items", element.jsonSchema(direction, &shared))]
                    + (count.lowerBound > 0 ? [.init("minItems", .integer(Int64(count.lowerBound)))] : [])
                    + (count.upperBound < .max ? [.init("maxItems", .integer(Int64(count.upperBound)))] : []))
        case .object(let members): return Self.object(members, direction, &shared)
        case .anyObject: return ["type": "object", "additionalProperties": true]
        case .anything: return ["description": "Any JSON value."]
        case .nullable(let wrapped): return Self.orNull(wrapped.jsonSchema(direction, &shared))
        case .named(let name, let shape):
            let json = shape.jsonSchema(direction, &shared)
            return shared.schema(name, json)
        }
    }

    /// A value of this shape: of an object, every member that goes with the others.
    var example: JSON {
        switch self {
        case .text(_, _, let example), .pattern(_, let example), .secret(_, _, let example), .timestamp(let example),
            .identifier(let example):
            .string(example)
        case .boolean(let example): .bool(example)
        case .integer(_, let example): .integer(example)
        case .choice(let words): .string(words.first ?? "")
        case .array(let element, let count): .array(count.upperBound == 0 ? [] : [element.example])
        case .object(let members):
            .object(members.filter(\.isInExample).map { JSON.Member($0.name, $0.shape.example) })
        case .anyObject, .anything: .object([])
        case .nullable(let wrapped), .named(_, let wrapped): wrapped.example
        }
    }

    private static func object(_ members: [Member], _ direction: Direction, _ shared: inout Components) -> JSON {
        let properties = members.map { member -> JSON.Member in
            var schema = member.shape.jsonSchema(direction, &shared)
            // What may be left out of a request may also be null; what is left out of an answer is not there.
            if direction == .request, !member.isRequired { schema = orNull(schema) }
            return JSON.Member(member.name, schema.describing(member.sentence))
        }
        let required = members.filter(\.isRequired).map { JSON.string($0.name) }
        return .object(
            [.init("type", "object"), .init("properties", .object(properties))]
                + (required.isEmpty ? [] : [.init("required", .array(required))]))
    }

    /// Lengths in code points. A text of n code points has n to 4n bytes, so limits in bytes bound those as well.
    private static func lengths(_ characters: ClosedRange<Int>, _ bytes: ClosedRange<Int>) -> [JSON.Member] {
        let least = max(characters.lowerBound, bytes.lowerBound / 4 + (bytes.lowerBound % 4 == 0 ? 0 : 1))
        let most = min(characters.upperBound, bytes.upperBound)
        var members: [JSON.Member] = []
        if least > 0 { members.append(.init("minLength", .integer(Int64(least)))) }
        if most < .max { members.append(.init("maxLength", .integer(Int64(most)))) }
        if let limits = limits(bytes) { members.append(.init("description", .string(limits))) }
        return members
    }

    private static func limits(_ bytes: ClosedRange<Int>) -> String? {
        switch (bytes.lowerBound > 1, bytes.upperBound < .max) {
        case (false, false): nil
        case (false, true): "At most \(bytes.upperBound) bytes in UTF-8."
        case (true, false): "At least \(bytes.lowerBound) bytes in UTF-8."
        case (true, true): "\(bytes.lowerBound) to \(bytes.upperBound) bytes in UTF-8."
        }
    }

    /// An example that says nothing is none.
    private static func examples(_ example: JSON) -> [JSON.Member] {
        example == "" ? [] : [.init("examples", .array([example]))]
    }

    private static func orNull(_ schema: JSON) -> JSON {
        guard case .object(let members) = schema, let type = schema["type"]?.string else {
            return ["anyOf": [schema, ["type": "null"]]]
        }
        return .object(
            members.map { member in
                switch member.name {
                case "type": JSON.Member("type", [.string(type), "null"])
                case "enum": JSON.Member("enum", .array((member.value.array ?? []) + [.null]))
                default: member
                }
            })
    }
}

extension JSON {
    /// A schema with a sentence before whatever it says itself.
    func describing(_ sentence: String) -> JSON {
        guard case .object(let members) = self else { return self }
        let own = self["description"]?.string.map { " \($0)" } ?? ""
        return .object(
            members.filter { $0.name != "description" } + [Member("description", .string(sentence + own))])
    }
}
