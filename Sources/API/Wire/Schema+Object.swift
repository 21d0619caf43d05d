internal import Flows
internal import Standards

/// One named part of an object: its wire name, its shape, where to find it in a value, and a sentence about it.
public struct Field<Root: Sendable, Value: Sendable>: Sendable {
    public let name: String
    public let member: SchemaDescription.Member
    /// Writes name and value, or nothing where the field is left out.
    let write: @Sendable (Root, inout JSONWriter) -> Void
    private let readPresent: @Sendable (JSON, String, inout [FieldProblem]) -> Value?
    /// The value of a field that was left out; `nil` where that is a problem.
    private let absent: Value?

    /// A field that is always there.
    public init(
        _ name: String, _ schema: Schema<Value>, _ get: @escaping @Sendable (Root) -> Value, _ sentence: String
    ) {
        self.init(
            name, schema.description, isRequired: true, sentence, get: get, read: schema.read, absent: nil,
            isOmitted: { _ in false }, write: schema.write)
    }

    /// A field that may be left out or `null`, and is left out when there is nothing to say.
    public init<Wrapped>(
        optional name: String, _ schema: Schema<Wrapped>, inExample isInExample: Bool = true,
        _ get: @escaping @Sendable (Root) -> Wrapped?, _ sentence: String
    ) where Value == Wrapped? {
        let nullable = Schema<Wrapped?>.nullable(schema)
        self.init(
            name, schema.description, isRequired: false, isInExample: isInExample, sentence, get: get,
            read: nullable.read, absent: .some(nil), isOmitted: { $0 == nil }, write: nullable.write)
    }

    private init(
        _ name: String, _ shape: SchemaDescription, isRequired: Bool, isInExample: Bool = true, _ sentence: String,
        get: @escaping @Sendable (Root) -> Value,
        read: @escaping @Sendable (JSON, String, inout [FieldProblem]) -> Value?, absent: Value?,
        isOmitted: @escaping @Sendable (Value) -> Bool, write: @escaping @Sendable (Value, inout JSONWriter) -> Void
    ) {
        self.name = name
        self.absent = absent
        readPresent = read
        self.write = { root, output in
            let value = get(root)
            if isOmitted(value) { return }
            output.name(name)
            write(value, &output)
        }
        member = SchemaDescription.Member(
            name: name, isRequired: isRequired, shape: shape, sentence: sentence, isInExample: isInExample)
    }

    func read(_ members: [JSON.Member], _ path: String, _ problems: inout [FieldProblem]) -> Value? {
        let path = path.isEmpty ? name : "\(path).\(name)"
        guard let found = members.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else {
            return absent ?? problems.add(path, .missing)
        }
        return readPresent(found.value, path, &problems)
    }
}

extension Schema {
    /// An object: `make` is the value's initialiser, and the fields are its arguments in their order.
    public static func object<each Member: Sendable>(
        _ make: @escaping @Sendable (repeat each Member) -> Value, _ field: repeat Field<Value, each Member>
    ) -> Schema {
        let fields = (repeat each field)
        var members: [SchemaDescription.Member] = []
        repeat members.append((each field).member)
        // Taken out of the pack once: to walk it costs a copy of every field each time.
        var gathered: [@Sendable (Value, inout JSONWriter) -> Void] = []
        repeat gathered.append((each field).write)
        let writers = gathered
        return Schema(.object(members)) { json, path, problems in
            guard case .object(let members) = json else { return problems.add(path, .wrongType("an object")) }
            let found = (repeat (each fields).read(members, path, &problems))
            for value in repeat each found {
                if case .none = value { return nil }
            }
            return make(repeat (each found)!)
        } write: { value, output in
            output.object { output in for write in writers { write(value, &output) } }
        }
    }
}
