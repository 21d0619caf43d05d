internal import Standards

/// Which part of a long list is wanted.
public struct PageRequest: Sendable {
    /// What the page before named as its successor; `nil` for the first.
    public let after: String?
    /// At most ``longest``.
    public let limit: Int

    /// A page is one message on the control socket, and holds up nobody else meanwhile.
    public static let longest = 200

    public init(after: String?, limit: Int) {
        self.after = after
        self.limit = min(max(1, limit), Self.longest)
    }

    var members: [JSON.Member] {
        [
            JSON.Member("after", after.map { .string($0) } ?? .null),
            JSON.Member("limit", .integer(Int64(limit))),
        ]
    }

    init?(_ json: JSON) {
        guard let limit = json["limit"]?.integer.flatMap(Int.init(exactly:)) else { return nil }
        self.init(after: json["after"]?.string, limit: limit)
    }
}
