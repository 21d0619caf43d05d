internal import Concurrency
internal import Domain

/// A ``TokenBucket`` for every caller of this node.
final class CallerRates: Sendable {
    private let buckets = Lock<[ID<User>: TokenBucket]>([:])
    private let rate: Int64
    private let burst: Int64
    private let monotonic: @Sendable () -> Int64

    /// More than so many are looked through for full ones, which need not be remembered.
    private static let many = 10_000

    /// `rate` per second; ten seconds' worth at once, and never less than `atLeast`.
    init(rate: Int64, atLeast: Int64, monotonic: @escaping @Sendable () -> Int64) {
        self.rate = rate
        burst = max(atLeast, rate * 10)
        self.monotonic = monotonic
    }

    func take(_ count: Int64, for caller: ID<User>) -> TokenBucket.Verdict {
        let now = monotonic()
        return buckets.withLock { buckets in
            if buckets.count >= Self.many {
                buckets = buckets.filter { !$0.value.isFull(rate: rate, burst: burst, at: now) }
            }
            return buckets[caller, default: TokenBucket(burst: burst, at: now)].take(
                count, rate: rate, burst: burst, at: now)
        }
    }
}
