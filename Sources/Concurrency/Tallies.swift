internal import CLinux
internal import Synchronization

/// Counters that every thread may add to at once, at the cost of an addition each, and that somebody sums up now and
/// then.
///
/// Each event loop adds in a lane of its own, far from the others', so that two processors never pull one cache line
/// back and forth. Threads without a number share lane 0; every addition is atomic, so no count is lost.
///
/// Owns the memory of the counters.
@safe public final class Tallies: @unchecked Sendable {
    /// How many counters there are.
    public let count: Int
    private let lanes: Int
    private let stride: Int
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>

    /// Two lines of 64 bytes: processors fetch lines in pairs.
    private static let padding = 16

    /// `lanes` is how many threads count often: the number of event loops.
    public init(count: Int, lanes: Int = 1) {
        self.count = max(count, 1)
        self.lanes = max(lanes, 1)
        stride = (self.count + 2 * Self.padding - 1) / Self.padding * Self.padding
        unsafe cells = UnsafeMutablePointer<Atomic<UInt64>>.allocate(capacity: stride * self.lanes)
        for index in 0..<stride * self.lanes { unsafe (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe cells.deinitialize(count: stride * lanes)
        unsafe cells.deallocate()
    }

    /// A place that does not exist counts nothing.
    @inline(__always)
    public func add(_ amount: UInt64 = 1, at place: Int) {
        guard place >= 0, place < count else { return }
        unsafe cells[lane * stride + place].wrappingAdd(amount, ordering: .relaxed)
    }

    /// The sum over all lanes; additions that happen meanwhile may or may not be in it.
    public func sum(at place: Int) -> UInt64 {
        guard place >= 0, place < count else { return 0 }
        return (0..<lanes).reduce(0) { sum, lane in
            unsafe sum &+ cells[lane * stride + place].load(ordering: .relaxed)
        }
    }

    private var lane: Int {
        let number = Int(linux_current_lane())
        return number < lanes ? number : 0
    }
}
