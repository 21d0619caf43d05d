internal import Flows
internal import HTTP
internal import Standards

extension Schema {
    /// Reads a query string's parameters as if they were the members of an object.
    ///
    /// A parameter is text until the schema wants a number or a truth value. One that the schema names and the
    /// client gives twice is a problem: two readers could take different ones (RFC 6749 §3.1 refuses it too).
    func decode(query: FormFields) throws(Invalid) -> Value {
        guard let fields = description.members else { return try decode(.object([])) }
        var members: [JSON.Member] = []
        var repeated: [FieldProblem] = []
        for field in fields {
            let given = query.values(of: field.name)
            guard let first = given.first else { continue }
            if given.count > 1 { let _: Bool? = repeated.add(field.name, .repeated) }
            members.append(JSON.Member(field.name, Self.json(first, as: field.shape)))
        }
        do {
            let value = try decode(.object(members))
            if repeated.isEmpty { return value }
        } catch {
            throw Invalid(problems: repeated + error.problems)
        }
        throw Invalid(problems: repeated)
    }

    private static func json(_ text: String, as shape: SchemaDescription) -> JSON {
        switch shape {
        case .integer:
            // "+5", "05" and "-0" have one spelling each, and it is not theirs.
            guard let number = Int64(text), String(number) == text else { return .string(text) }
            return .integer(number)
        case .boolean:
            return text == "true" ? .bool(true) : text == "false" ? .bool(false) : .string(text)
        case .nullable(let wrapped), .named(_, let wrapped): return json(text, as: wrapped)
        default: return .string(text)
        }
    }
}
