public import Domain
internal import Flows
public import Standards

extension Schema where Value == String {
    /// Text within limits. A byte limit bounds the work, a character limit is what people understand.
    public static func text(
        characters: ClosedRange<Int> = 0...Int.max, bytes: ClosedRange<Int> = 0...Int.max, example: String
    ) -> Schema {
        Schema(.text(characters: characters, bytes: bytes, example: example)) { json, path, problems in
            guard case .string(let text) = json else { return problems.add(path, .wrongType("text")) }
            let count = text.utf8.count
            guard count <= bytes.upperBound else { return problems.add(path, .tooLong(bytes.upperBound, "byte")) }
            guard count >= bytes.lowerBound else { return problems.add(path, .tooShort(bytes.lowerBound, "byte")) }
            guard characters != 0...Int.max else { return text }
            let length = text.unicodeScalars.count
            guard length <= characters.upperBound else {
                return problems.add(path, .tooLong(characters.upperBound, "character"))
            }
            guard length >= characters.lowerBound else {
                return problems.add(path, .tooShort(characters.lowerBound, "character"))
            }
            return text
        } write: { value, output in
            output.string(value)
        }
    }
}

extension Schema where Value == Secret {
    /// A password or token on its way in. What holds one writes a fixed text instead of it.
    public static func secret(bytes: ClosedRange<Int>, example: String) -> Schema {
        Schema(.secret(bytes: bytes, example: example)) { json, path, problems in
            guard case .string(let text) = json else { return problems.add(path, .wrongType("text")) }
            let count = text.utf8.count
            guard count <= bytes.upperBound else { return problems.add(path, .tooLong(bytes.upperBound, "byte")) }
            guard count >= bytes.lowerBound else { return problems.add(path, .tooShort(bytes.lowerBound, "byte")) }
            return Secret(utf8: text)
        } write: { value, output in
            output.string(value.description)
        }
    }
}

extension Schema where Value == Bool {
    public static func boolean(example: Bool) -> Schema {
        Schema(.boolean(example: example)) { json, path, problems in
            guard case .bool(let value) = json else { return problems.add(path, .wrongType("true or false")) }
            return value
        } write: { value, output in
            output.bool(value)
        }
    }
}

extension Schema where Value == Int64 {
    /// A whole number. `1.0` and `1e2` are not: no client needs them, and they are where numbers lose digits.
    public static func integer(_ range: ClosedRange<Int64>, example: Int64) -> Schema {
        Schema(.integer(range, example: example)) { json, path, problems in
            guard case .integer(let value) = json else { return problems.add(path, .wrongType("a whole number")) }
            guard range.contains(value) else { return problems.add(path, .outOfRange(range)) }
            return value
        } write: { value, output in
            output.integer(value)
        }
    }
}

extension Schema where Value == Timestamp {
    public static var timestamp: Schema {
        Schema(.timestamp(example: "2026-11-21T07:05:09.250Z")) { json, path, problems in
            guard case .string(let text) = json, let time = Timestamp(iso8601: text) else {
                return problems.add(path, .wrongType("a time such as 2026-11-21T07:05:09.250Z"))
            }
            return time
        } write: { value, output in
            output.timestamp(value)
        }
    }
}

extension Schema {
    /// The id of a user, a session, an event …
    public static func identifier<Entity>() -> Schema where Value == ID<Entity> {
        Schema(.identifier(example: "01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f")) { json, path, problems in
            guard case .string(let text) = json, let id = ID<Entity>(text) else {
                return problems.add(path, .wrongType("a UUID"))
            }
            return id
        } write: { value, output in
            output.identifier(value)
        }
    }

    /// One of a closed set of words.
    public static func choice() -> Schema where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
        let words = Value.allCases.map(\.rawValue)
        return Schema(.choice(words)) { json, path, problems in
            guard case .string(let text) = json, let value = Value(rawValue: text) else {
                return problems.add(path, .notOneOf(words))
            }
            return value
        } write: { value, output in
            output.string(value.rawValue)
        }
    }

    /// Elements of one shape; the problems of every element are reported.
    public static func array<Element>(_ element: Schema<Element>, count: ClosedRange<Int>) -> Schema
    where Value == [Element] {
        Schema(.array(element.description, count: count)) { json, path, problems in
            guard case .array(let items) = json else { return problems.add(path, .wrongType("a list")) }
            guard items.count <= count.upperBound else {
                return problems.add(path, .tooLong(count.upperBound, "element"))
            }
            guard items.count >= count.lowerBound else {
                return problems.add(path, .tooShort(count.lowerBound, "element"))
            }
            let path = path.flat
            var values: [Element] = []
            values.reserveCapacity(items.count)
            for (index, item) in items.enumerated() {
                if let value = element.read(item, path.element(index), &problems) { values.append(value) }
            }
            return values.count == items.count ? values : nil
        } write: { values, output in
            output.array { output in for value in values { element.write(value, &output) } }
        }
    }

    /// The same shape, or `null`.
    public static func nullable<Wrapped>(_ wrapped: Schema<Wrapped>) -> Schema where Value == Wrapped? {
        Schema(.nullable(wrapped.description)) { json, path, problems in
            if case .null = json { return .some(nil) }
            return wrapped.read(json, path, &problems).map { .some($0) }
        } write: { value, output in
            if let value { wrapped.write(value, &output) } else { output.null() }
        }
    }
}

extension Schema where Value == JSON {
    /// Any JSON object; the request's own limits bound its size and depth.
    public static var anyObject: Schema {
        Schema(.anyObject) { json, path, problems in
            guard case .object = json else { return problems.add(path, .wrongType("an object")) }
            return json
        } write: { value, output in
            output.value(value)
        }
    }
}

extension Schema where Value == JSON {
    /// Any JSON value; the request's own limits bound its size and depth.
    public static var anything: Schema {
        Schema(.anything) { json, _, _ in
            json
        } write: { value, output in
            output.value(value)
        }
    }
}

/// What a schema can find wrong with a field.
enum FieldFault {
    case missing
    case wrongType(String)
    case tooShort(Int, String)
    case tooLong(Int, String)
    case outOfRange(ClosedRange<Int64>)
    case notOneOf([String])
    case repeated
    case unknown

    var code: String {
        switch self {
        case .missing: "required"
        case .wrongType: "wrong_type"
        case .tooShort: "too_short"
        case .tooLong: "too_long"
        case .outOfRange: "out_of_range"
        case .notOneOf: "not_one_of"
        case .repeated: "repeated"
        case .unknown: "unknown"
        }
    }

    var message: String {
        switch self {
        case .missing: "is required"
        case .wrongType(let wanted): "must be \(wanted)"
        case .tooShort(let limit, let unit): "must have at least \(limit) \(unit)\(limit == 1 ? "" : "s")"
        case .tooLong(let limit, let unit): "must have at most \(limit) \(unit)\(limit == 1 ? "" : "s")"
        case .outOfRange(let range): "must be from \(range.lowerBound) to \(range.upperBound)"
        case .notOneOf(let words): "must be one of: \(words.joined(separator: ", "))"
        case .repeated: "must be given once"
        case .unknown: "is not a parameter of this request"
        }
    }
}

extension [FieldProblem] {
    /// Returns `nil`, so that a reader can add and give up in one line.
    mutating func add<Value>(_ path: FieldPath, _ fault: FieldFault) -> Value? {
        let field = path.text
        append(FieldProblem(field: field.isEmpty ? "body" : field, code: fault.code, message: fault.message))
        return nil
    }
}
