internal import Glibc

/// A point on the machine's monotonic clock, in nanoseconds; it never jumps and means nothing elsewhere.
public struct MonotonicTime: Hashable, Comparable, Sendable {
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Later than every other point.
    public static let never = MonotonicTime(nanoseconds: .max)

    public static func now() -> MonotonicTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    public static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// Saturates: a delay of centuries is ``never``, a negative one is none.
    public static func + (time: Self, delay: Duration) -> Self {
        let (seconds, attoseconds) = delay.components
        guard seconds >= 0, attoseconds >= 0 else { return time }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return never }
        let (span, spanOverflow) = whole.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        if spanOverflow { return never }
        let (sum, sumOverflow) = time.nanoseconds.addingReportingOverflow(span)
        return sumOverflow ? never : MonotonicTime(nanoseconds: sum)
    }

    /// How long ago `earlier` was; zero if it is still to come.
    public func since(_ earlier: Self) -> Duration {
        nanoseconds > earlier.nanoseconds
            ? .nanoseconds(Int64(clamping: nanoseconds - earlier.nanoseconds)) : .zero
    }
}
