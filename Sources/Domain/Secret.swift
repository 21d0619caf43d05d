/// Bytes that must never reach a log, an error message or a test failure.
///
/// There is no `==`. Compare digests with `constantTimeEqual` of `Crypto`.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let bytes: [UInt8]

    public init(_ bytes: [UInt8]) { self.bytes = bytes }
    public init(utf8 text: String) { self.bytes = Array(text.utf8) }

    /// The only way out. Search for `exposed` to audit every use.
    public var exposed: [UInt8] { bytes }

    public var count: Int { bytes.count }
    public var description: String { "<secret>" }
    public var debugDescription: String { "<secret>" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
