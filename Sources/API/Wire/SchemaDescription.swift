/// What a ``Schema`` accepts and writes, as a plain value: documents such as OpenAPI are made from it.
public indirect enum SchemaDescription: Hashable, Sendable {
    /// `characters` counts Unicode code points, as JSON Schema's `maxLength` does; `bytes` counts UTF-8.
    case text(characters: ClosedRange<Int>, bytes: ClosedRange<Int>, example: String)
    /// Text of one form: a regular expression of ECMA-262, anchored at both ends.
    case pattern(String, example: String)
    /// Text that is never written back and never shown.
    case secret(characters: ClosedRange<Int> = 0...Int.max, bytes: ClosedRange<Int>, example: String)
    case boolean(example: Bool)
    case integer(ClosedRange<Int64>, example: Int64)
    /// RFC 3339 §5.6, in UTC with milliseconds.
    case timestamp(example: String)
    /// A UUID in its 36-character form (RFC 9562 §4).
    case identifier(example: String)
    case choice([String])
    case array(SchemaDescription, count: ClosedRange<Int>)
    case object([Member])
    /// A JSON object whose members are the client's own business.
    case anyObject
    /// Any JSON value at all.
    case anything
    case nullable(SchemaDescription)
    /// The same under a name of its own in documents: the name is public contract, and stands for one shape only.
    case named(String, SchemaDescription)

    /// One named part of an object.
    public struct Member: Hashable, Sendable {
        public let name: String
        public let isRequired: Bool
        public let shape: SchemaDescription
        /// One sentence for whoever reads the documentation.
        public let sentence: String
        /// False where it would be refused beside the others: an example must be good enough to send.
        public let isInExample: Bool

        public init(
            name: String, isRequired: Bool, shape: SchemaDescription, sentence: String, isInExample: Bool = true
        ) {
            self.name = name
            self.isRequired = isRequired
            self.shape = shape
            self.sentence = sentence
            self.isInExample = isInExample
        }
    }

    /// The members of an object, whether or not it has a name; `nil` for anything else.
    public var members: [Member]? {
        switch self {
        case .object(let members): members
        case .named(_, let shape): shape.members
        case .text, .pattern, .secret, .boolean, .integer, .timestamp, .identifier, .choice, .array, .anyObject,
            .anything, .nullable:
            nil
        }
    }
}
