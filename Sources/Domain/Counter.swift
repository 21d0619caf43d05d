/// Counts the refresh tokens of one session; the first is 1.
public struct Counter: Hashable, Comparable, Sendable {
    public let value: Int64

    /// Negative values and zero are `nil`: no token was ever issued with them.
    public init?(_ value: Int64) {
        guard value >= 1 else { return nil }
        self.value = value
    }

    private init(known value: Int64) { self.value = value }

    public static let first = Counter(known: 1)

    /// Stays at the largest value rather than trap; a session refreshed once a nanosecond lasts 292 years.
    public var next: Counter { Counter(known: value == .max ? value : value + 1) }

    public func isPredecessor(of other: Counter) -> Bool { value < .max && value + 1 == other.value }

    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
