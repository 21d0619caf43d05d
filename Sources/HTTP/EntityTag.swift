/// The name of one version of a document (RFC 9110 §8.8.3).
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    /// With its quotes.
    public let description: String

    /// FNV-1a, 64 bits: the tag tells versions apart and protects nothing. `suffix` tells apart the forms of one
    /// version (RFC 9110 §8.8.3.3).
    public init(of content: [UInt8], suffix: String = "") {
        let hash = content.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        description = "\"\(String(hash, radix: 16))\(suffix)\""
    }

    /// Whether `If-None-Match` says that the client has this version: `*`, or a list that holds the tag; weak and
    /// strong compare alike (RFC 9110 §13.1.2).
    public func isKnown(to headers: Headers) -> Bool {
        headers.values(of: "If-None-Match").contains { value in
            value.utf8.split(separator: UInt8(ascii: ",")).contains { entry in
                var entry = entry.drop(while: \.isBlank)
                if entry.starts(with: "W/".utf8) { entry = entry.dropFirst(2) }
                while entry.last?.isBlank == true { entry.removeLast() }
                return entry.elementsEqual("*".utf8) || entry.elementsEqual(description.utf8)
            }
        }
    }
}
