internal import Flows
internal import Standards

/// One named part of an object: its wire name, its shape, where to find it in a value, and a sentence about it.
public struct Field<Root: Sendable, Value: Sendable>: Sendable {
    public let name: String
    public let member: SchemaDescription.Member
    /// Writes name and value, or nothing where the field is left out.
    let write: @Sendable (Root, inout JSONWriter) -> Void
    let reader: FieldReader<Value>

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
        read: @escaping @Sendable (JSON, FieldPath, inout [FieldProblem]) -> Value?, absent: Value?,
        isOmitted: @escaping @Sendable (Value) -> Bool, write: @escaping @Sendable (Value, inout JSONWriter) -> Void
    ) {
        self.name = name
        reader = FieldReader(name, read, absent: absent)
        self.write = { root, output in
            let value = get(root)
            if isOmitted(value) { return }
            output.name(name)
            write(value, &output)
        }
        member = SchemaDescription.Member(
            name: name, isRequired: isRequired, shape: shape, sentence: sentence, isInExample: isInExample)
    }
}

/// The part of a field that reads it: by reference, because whoever walks a parameter pack copies each of its values.
final class FieldReader<Value: Sendable>: Sendable {
    private let name: String
    private let readPresent: @Sendable (JSON, FieldPath, inout [FieldProblem]) -> Value?
    /// The value of a field that was left out; `nil` where that is a problem.
    private let absent: Value?

    init(
        _ name: String, _ readPresent: @escaping @Sendable (JSON, FieldPath, inout [FieldProblem]) -> Value?,
        absent: Value?
    ) {
        self.name = name
        self.readPresent = readPresent
        self.absent = absent
    }

    func read(_ members: [JSON.Member], _ path: FieldPath, _ problems: inout [FieldProblem]) -> Value? {
        // The count is at hand, and tells most names apart.
        for member in members
        where member.name.utf8.count == name.utf8.count && member.name.utf8.elementsEqual(name.utf8) {
            return readPresent(member.value, path.member(name), &problems)
        }
        return absent ?? problems.add(path.member(name), .missing)
    }
}

extension Schema {
    /// An object: `make` is the value's initialiser, and the fields are its arguments in their order.
    public static func object<each Member: Sendable>(
        _ make: @escaping @Sendable (repeat each Member) -> Value, _ field: repeat Field<Value, each Member>
    ) -> Schema {
        let readers = (repeat (each field).reader)
        var members: [SchemaDescription.Member] = []
        repeat members.append((each field).member)
        // Taken out of the pack once: to walk it costs a copy of every field each time.
        var gathered: [@Sendable (Value, inout JSONWriter) -> Void] = []
        repeat gathered.append((each field).write)
        let writers = gathered
        return Schema(.object(members)) { json, path, problems in
            guard case .object(let members) = json else { return problems.add(path, .wrongType("an object")) }
            let found = (repeat (each readers).read(members, path, &problems))
            for value in repeat each found {
                if case .none = value { return nil }
            }
            return make(repeat (each found)!)
        } write: { value, output in
            output.object { output in for write in writers { write(value, &output) } }
        }
    }

    /// An object that is only ever answered: no value is made out of one.
    static func written<each Member: Sendable>(_ field: repeat Field<Value, each Member>) -> Schema {
        var members: [SchemaDescription.Member] = []
        repeat members.append((each field).member)
        var gathered: [@Sendable (Value, inout JSONWriter) -> Void] = []
        repeat gathered.append((each field).write)
        let writers = gathered
        return Schema(.object(members)) { _, path, problems in
            problems.add(path, .unknown)
        } write: { value, output in
            output.object { output in for write in writers { write(value, &output) } }
        }
    }
}
