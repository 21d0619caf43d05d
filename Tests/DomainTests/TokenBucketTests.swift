import Domain
import Testing

@Suite("Token buckets")
struct TokenBucketTests {
    /// Ten a second, twenty at once.
    private func take(_ count: Int64, _ bucket: inout TokenBucket, at time: Int64) -> TokenBucket.Verdict {
        bucket.take(count, rate: 10, burst: 20, at: time)
    }

    @Test func `what is taken comes back with time, to the millisecond`() {
        var bucket = TokenBucket(burst: 20, at: 1_000)
        #expect(take(20, &bucket, at: 1_000) == .taken)
        #expect(take(1, &bucket, at: 1_000) == .wait(.milliseconds(100)))
        #expect(take(1, &bucket, at: 1_099) == .wait(.milliseconds(1)))
        #expect(take(1, &bucket, at: 1_100) == .taken)
        #expect(take(5, &bucket, at: 1_350) == .wait(.milliseconds(250)))
    }

    @Test func `it never holds more than its burst`() {
        var bucket = TokenBucket(burst: 20, at: 0)
        #expect(take(20, &bucket, at: 1_000_000) == .taken)
        #expect(take(21, &bucket, at: 9_000_000) == .wait(.milliseconds(100)))
        #expect(bucket.isFull(rate: 10, burst: 20, at: 9_000_000))
    }

    @Test func `a clock that stands still, steps back or jumps gives nothing and traps nowhere`() {
        var bucket = TokenBucket(burst: 20, at: 5_000)
        #expect(take(20, &bucket, at: 5_000) == .taken)
        #expect(take(1, &bucket, at: 0) == .wait(.milliseconds(100)))
        #expect(take(1, &bucket, at: 5_000) == .wait(.milliseconds(100)))
        #expect(take(20, &bucket, at: .max) == .taken)
        #expect(take(.max, &bucket, at: .max) != .taken)
        var other = TokenBucket(burst: .max, at: .min)
        #expect(other.take(1, rate: .max, burst: .max, at: .max) == .taken)
    }
}
