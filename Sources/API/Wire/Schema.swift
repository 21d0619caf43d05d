public import Flows
public import Standards

/// What one kind of value looks like on the wire: read with every problem at once, written, and described.
///
/// One value instead of three that could drift apart. Members of an object that the schema does not name
/// are ignored, so that a newer client can speak to an older server; a name given twice never gets this
/// far, because the JSON parser refuses it.
public struct Schema<Value: Sendable>: Sendable {
    public let description: SchemaDescription
    /// `nil` exactly when it added a problem.
    let read: @Sendable (_ json: JSON, _ path: FieldPath, _ problems: inout [FieldProblem]) -> Value?
    let write: @Sendable (_ value: Value, _ output: inout JSONWriter) -> Void

    init(
        _ description: SchemaDescription,
        read: @escaping @Sendable (JSON, FieldPath, inout [FieldProblem]) -> Value?,
        write: @escaping @Sendable (Value, inout JSONWriter) -> Void
    ) {
        self.description = description
        self.read = read
        self.write = write
    }

    /// The same value, under a name of its own in documents: the name is public contract.
    public func named(_ name: String) -> Schema {
        Schema(.named(name, description), read: read, write: write)
    }

    /// The same value, written by a function that makes the same bytes faster.
    func written(by write: @escaping @Sendable (Value, inout JSONWriter) -> Void) -> Schema {
        Schema(description, read: read, write: write)
    }

    /// The same value, described by what the rule behind it leaves over: the rule's own refusal says more than a
    /// schema's would, so the schema lets it pass, and the documents tell the rule.
    func described(as description: SchemaDescription) -> Schema {
        Schema(description, read: read, write: write)
    }

    /// What was wrong, field by field; never empty.
    public struct Invalid: Error, Sendable {
        public let problems: [FieldProblem]
    }

    /// The field that stands for the whole of a body in a list of problems.
    static var wholeBody: String { "body" }

    /// - Throws: ``Invalid`` with the problems of every field, not only of the first.
    public func decode(_ json: JSON) throws(Invalid) -> Value {
        var problems: [FieldProblem] = []
        guard let value = read(json, .whole, &problems), problems.isEmpty else { throw Invalid(problems: problems) }
        return value
    }

    /// Compact JSON in UTF-8.
    public func encode(_ value: Value) -> [UInt8] {
        var output = JSONWriter(reserving: 512)
        write(value, &output)
        return output.bytes
    }
}
