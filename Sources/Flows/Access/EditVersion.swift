internal import Crypto
internal import Standards

/// One version of something that administrators edit, as its reader saw it: what its entity tag says.
///
/// Beside the number it holds three bytes of a digest of each field. So an edit that comes too late can be told what
/// was changed, and nobody has to remember old versions.
public struct EditVersion: Hashable, Sendable {
    public let number: Int64
    private let digests: [[UInt8]]

    private static let digestCount = 3

    /// - Parameter values: of the fields in an order of their own, which never changes.
    init(_ number: Int64, _ values: [String]) {
        self.number = number
        digests = values.map { Array(Digest.sha256(Array($0.utf8)).prefix(Self.digestCount)) }
    }

    /// What stands between the quotes of the tag.
    public var text: String { "\(number).\(Base64URL.encode(Array(digests.joined())))" }

    /// A tag, or the number alone, with which nothing can be told but that it is another.
    ///
    /// `nil` for what was never a tag.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let number = Int64(String(Substring(first))), number >= 0
        else {
            return nil
        }
        self.number = number
        guard parts.count == 2 else {
            digests = []
            return
        }
        guard let bytes = Base64URL.decode(parts[1]), bytes.count % Self.digestCount == 0 else { return nil }
        digests = stride(from: 0, to: bytes.count, by: Self.digestCount).map {
            Array(bytes[$0..<$0 + Self.digestCount])
        }
    }

    /// Those of the names, which are in the order of the fields, that differ from what a reader saw.
    func differences(to seen: EditVersion, _ names: [String]) -> [String] {
        guard digests.count == names.count, seen.digests.count == names.count else { return [] }
        return zip(names, zip(digests, seen.digests)).filter { $0.1.0 != $0.1.1 }.map(\.0)
    }
}
