/// A header field that a route reads, beyond those that every request may have.
public struct RequestHeader: Hashable, Sendable {
    public let name: String
    public let isRequired: Bool
    public let shape: SchemaDescription
    /// One sentence for whoever reads the documentation.
    public let sentence: String

    public init(_ name: String, isRequired: Bool = false, _ shape: SchemaDescription, _ sentence: String) {
        self.name = name
        self.isRequired = isRequired
        self.shape = shape
        self.sentence = sentence
    }
}
