internal import Flows
internal import HTTP
internal import Standards

extension Schema {
    /// Reads a query string's parameters as if they were the members of an object.
    ///
    /// A parameter is text until the schema wants a number or a truth value. One that the schema names and the
    /// client gives twice is a problem: two readers could take different ones (RFC 6749 §3.1 refuses it too). So is one
    /// that the schema does not name: a filter with a slip of the pen would let everything through.
    func decode(query: FormFields) throws(Invalid) -> Value {
        guard let fields = description.members else { return try decode(.object([])) }
        var members: [JSON.Member] = []
        var wrong = Self.unknown(query, fields)
        for field in fields {
            let given = query.values(of: field.name)
            guard let first = given.first else { continue }
            if given.count > 1 { let _: Bool? = wrong.add(FieldPath(field.name), .repeated) }
            members.append(JSON.Member(field.name, Self.json(first, as: field.shape)))
        }
        do {
            let value = try decode(.object(members))
            if wrong.isEmpty { return value }
        } catch {
            throw Invalid(problems: wrong + error.problems)
        }
        throw Invalid(problems: wrong)
    }

    /// Names are held to a length, because they come back in the answer.
    private static func unknown(_ query: FormFields, _ fields: [SchemaDescription.Member]) -> [FieldProblem] {
        var problems: [FieldProblem] = []
        for pair in query.pairs where !fields.contains(where: { $0.name.utf8.elementsEqual(pair.name.utf8) }) {
            let name = pair.name.utf8.count <= 64 ? pair.name : "query"
            guard !problems.contains(where: { $0.field.utf8.elementsEqual(name.utf8) }) else { continue }
            let _: Bool? = problems.add(FieldPath(name), .unknown)
        }
        return problems
    }

    /// A text in the place of a value of that shape.
    static func json(_ text: String, as shape: SchemaDescription) -> JSON {
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
