/// A point in time, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// The store, the tokens and the tests all use this one type. Nothing in `Domain` can read a
/// clock: callers pass `now` in, so every expiry rule is a plain function of its arguments.
public struct Timestamp: Hashable, Comparable, Sendable {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Whole seconds since the epoch, rounded down: JWT's NumericDate (RFC 7519 §2).
    public var seconds: Int64 {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// `nil` where the seconds do not fit: numbers from outside must not trap.
    public init?(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return nil }
        self.init(milliseconds: product)
    }

    public static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// Saturates at the ends of time instead of trapping.
    public static func + (time: Self, delay: Duration) -> Self {
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(delay.wholeMilliseconds)
        guard overflow else { return Self(milliseconds: sum) }
        return Self(milliseconds: delay < .zero ? .min : .max)
    }

    public static func - (time: Self, delay: Duration) -> Self {
        let (difference, overflow) = time.milliseconds.subtractingReportingOverflow(delay.wholeMilliseconds)
        guard overflow else { return Self(milliseconds: difference) }
        return Self(milliseconds: delay < .zero ? .max : .min)
    }
}

extension Duration {
    /// Rounded toward zero, and held within `Int64`.
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        guard !carried else { return seconds < 0 ? .min : .max }
        return sum
    }
}
