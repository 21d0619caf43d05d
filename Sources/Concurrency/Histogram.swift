/// How measured values are spread: for each bound how many were at most that large.
///
/// One histogram holds a row for each thing that is measured, such as each route. A value is counted with two
/// additions; see ``Tallies``.
public final class Histogram: Sendable {
    /// Ascending, in the values' own unit.
    public let bounds: [UInt64]
    private let tallies: Tallies
    /// Cells of a row: one for each bound, one for what is larger, and the sum.
    private let width: Int

    public init(bounds: [UInt64], rows: Int = 1, lanes: Int = 1) {
        self.bounds = bounds
        width = bounds.count + 2
        tallies = Tallies(count: max(rows, 1) * width, lanes: lanes)
    }

    @inline(__always)
    public func note(_ value: UInt64, row: Int = 0) {
        var bucket = 0
        while bucket < bounds.count, value > bounds[bucket] { bucket += 1 }
        tallies.add(at: row * width + bucket)
        tallies.add(value, at: row * width + width - 1)
    }

    public func note(_ time: Duration, row: Int = 0) { note(time.wholeNanoseconds, row: row) }

    public func distribution(row: Int = 0) -> Distribution {
        Distribution(
            bounds: bounds, counts: (0...bounds.count).map { tallies.sum(at: row * width + $0) },
            sum: tallies.sum(at: row * width + width - 1))
    }

    /// For times in nanoseconds: 100 µs to 10 s, in steps of 1, 2.5 and 5.
    public static let latencies: [UInt64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000,
        250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]
}

/// A histogram at one moment.
public struct Distribution: Sendable, Equatable {
    public let bounds: [UInt64]
    /// Not cumulative; one more than bounds, for what is larger than all of them.
    public let counts: [UInt64]
    public let sum: UInt64

    public init(bounds: [UInt64], counts: [UInt64], sum: UInt64) {
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    public var total: UInt64 { counts.reduce(0, &+) }
}

extension Duration {
    /// Zero for negative times; saturates after centuries.
    public var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole &+ UInt64(attoseconds / 1_000_000_000)
    }
}
