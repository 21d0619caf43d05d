public import Domain
internal import Standards
public import Storage

/// Where a page of users ends, as clients carry it to the next one.
///
/// It holds the order, the value that the list is sorted by, and the number; nothing that whoever got it was not shown, and
/// no authority: the realm is the caller's, always. So it needs no signature; it is read strictly instead, and one of
/// another order is refused.
public struct UserCursor: Hashable, Sendable {
    public let order: UserOrder
    public let place: UserPlace

    /// How many bytes of a name or an address are believed to be one.
    private static let longestKey = 2_048

    init(_ order: UserOrder, _ place: UserPlace) {
        self.order = order
        self.place = place
    }

    public var text: String {
        let sort = UInt8(UserSort.allCases.firstIndex(of: order.sort) ?? 0)
        let key: [UInt8] =
            switch place.key {
            case .integer(let value): Self.bytes(value)
            case .text(let text): Array(text.utf8)
            }
        return Base64URL.encode([sort << 1 | (order.isDescending ? 1 : 0)] + Self.bytes(place.number) + key)
    }

    /// `nil` for what no list ever ended with.
    public init?(_ text: String) {
        guard text.utf8.count <= 2 * Self.longestKey, let bytes = Base64URL.decode(text), bytes.count >= 9,
            Int(bytes[0] >> 1) < UserSort.allCases.count
        else { return nil }
        let order = UserOrder(UserSort.allCases[Int(bytes[0] >> 1)], isDescending: bytes[0] & 1 == 1)
        let number = Self.integer(bytes[1..<9])
        let rest = bytes[9...]
        guard number >= 0 else { return nil }
        switch order.sort {
        case .number, .createdAt, .lastSignInAt:
            guard rest.count == 8 else { return nil }
            let key = Self.integer(rest)
            guard order.sort != .number || key == number else { return nil }
            self.init(order, UserPlace(.integer(key), number: number))
        case .username, .email:
            guard (1...Self.longestKey).contains(rest.count), !rest.contains(0),
                let key = String(validating: rest, as: UTF8.self)
            else { return nil }
            self.init(order, UserPlace(.text(key), number: number))
        }
    }

    private static func bytes(_ value: Int64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int64 { bytes.reduce(0) { $0 << 8 | Int64($1) } }
}
