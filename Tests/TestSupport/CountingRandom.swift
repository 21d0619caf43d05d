internal import Concurrency

/// "Random" bytes that are the same in every run and never the same twice within one.
public final class CountingRandom: Sendable {
    private let calls = Lock<UInt64>(0)

    public init() {}

    public func bytes(_ count: Int) -> [UInt8] {
        var state = calls.withLock { calls in
            calls += 1
            return calls &* 0x9E37_79B9_7F4A_7C15
        }
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }
}
