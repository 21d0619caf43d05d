/// How much somebody may do: `burst` at once, and `rate` more every second.
///
/// A value without a clock: the caller passes the milliseconds of one that never steps back.
public struct TokenBucket: Hashable, Sendable {
    /// What is left, in thousandths, so that no fraction is lost.
    private var thousandths: Int64
    private var filledAt: Int64

    public enum Verdict: Hashable, Sendable {
        case taken
        /// Nothing was taken; so long until there is enough, if nobody takes from it meanwhile.
        case wait(Duration)
    }

    /// Full.
    public init(burst: Int64, at milliseconds: Int64) {
        thousandths = Self.thousand(burst)
        filledAt = milliseconds
    }

    /// Takes all of `count` or nothing. More than `burst` can never be taken.
    public mutating func take(_ count: Int64, rate: Int64, burst: Int64, at milliseconds: Int64) -> Verdict {
        fill(rate: rate, burst: burst, at: milliseconds)
        let wanted = Self.thousand(count)
        guard wanted > thousandths else {
            thousandths -= wanted
            return .taken
        }
        let missing = wanted - thousandths
        let perMillisecond = max(1, rate)
        return .wait(.milliseconds(missing / perMillisecond + (missing % perMillisecond > 0 ? 1 : 0)))
    }

    /// True when forgetting it would change nothing.
    public func isFull(rate: Int64, burst: Int64, at milliseconds: Int64) -> Bool {
        var copy = self
        copy.fill(rate: rate, burst: burst, at: milliseconds)
        return copy.thousandths >= Self.thousand(burst)
    }

    /// One a second is a thousandth a millisecond.
    private mutating func fill(rate: Int64, burst: Int64, at milliseconds: Int64) {
        let elapsed = max(0, milliseconds.subtractingReportingOverflow(filledAt).partialValue)
        let (gained, overflow) = elapsed.multipliedReportingOverflow(by: max(0, rate))
        let (sum, carried) = thousandths.addingReportingOverflow(gained)
        thousandths = overflow || carried ? Self.thousand(burst) : min(Self.thousand(burst), sum)
        filledAt = max(filledAt, milliseconds)
    }

    private static func thousand(_ count: Int64) -> Int64 { min(max(0, count), 1_000_000_000_000) * 1_000 }
}
