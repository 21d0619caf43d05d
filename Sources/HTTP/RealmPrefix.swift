/// Where `/realms/<segment>` in front of a path ends, for routes that are written once and answer for every realm.
public struct RealmPrefix: Equatable, Sendable {
    /// Lower-case letters, digits and `-`, as sent: a name that needs decoding names no realm, so that each has one
    /// spelling.
    public let name: String
    /// How many bytes of the path stand before the slash that the rest begins with, for ``Router/match(_:from:)``.
    public let end: Int

    /// No realm's name is longer.
    private static let mostBytes = 32

    init?(_ bytes: Span<UInt8>, _ path: Range<Int>) {
        let start = path.lowerBound + 8
        guard path.count > 9, bytes.equals(path.lowerBound..<start, "/realms/") else { return nil }
        var end = start
        while end < path.upperBound, bytes[end].isRealmName { end += 1 }
        guard (1...Self.mostBytes).contains(end - start), end < path.upperBound, bytes[end] == UInt8(ascii: "/"),
            let text = try? UTF8Span(validating: bytes.extracting(start..<end))
        else { return nil }
        name = String(copying: text)
        self.end = end - path.lowerBound
    }
}

extension Request {
    /// `nil` where the path does not begin with `/realms/<segment>/`.
    public var realmPrefix: RealmPrefix? { withPath { RealmPrefix($0, $1) } }
}

extension UInt8 {
    fileprivate var isRealmName: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): true
        default: false
        }
    }
}
