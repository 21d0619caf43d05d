import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: throttles")
struct ThrottleContractTests {
    private static let start = Timestamp(milliseconds: 1_800_000_000_000)

    /// Holds `burst` tries, one of which comes back every minute.
    private static func bucket(_ byte: UInt8, burst: Int64 = 3) -> ThrottleBucket {
        ThrottleBucket(key: [UInt8](repeating: byte, count: 32), step: 60_000, room: 60_000 * burst)
    }

    @Test(arguments: Backend.contract)
    func `of a thousand who ask at once as many get a try as there are`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let wanted = [Self.bucket(1, burst: 7), Self.bucket(2, burst: 5_000), Self.bucket(0, burst: 5_000)]
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<1_000 {
                    group.addTask {
                        try await store.transaction { (tx) throws(StoreFault) in
                            try tx.take(wanted, at: Self.start).contains(wanted[0].key)
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(taken == 7)
        }
    }

    @Test(arguments: Backend.contract)
    func `a try comes back after its time, and never more than there is room for`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let bucket = Self.bucket(1)
            func takes(_ count: Int, after seconds: Int64) async throws -> [Bool] {
                try await store.transaction { (tx) throws(StoreFault) in
                    var taken: [Bool] = []
                    for _ in 0..<count {
                        let keys = try tx.take([bucket], at: Self.start + .seconds(seconds))
                        taken.append(keys == [bucket.key])
                    }
                    return taken
                }
            }
            let taken1 = try await takes(4, after: 0)
            #expect(taken1 == [true, true, true, false])
            let taken2 = try await takes(1, after: 59)
            #expect(taken2 == [false])
            let taken3 = try await takes(2, after: 60)
            #expect(taken3 == [true, false])
            let taken4 = try await takes(4, after: 100_000)
            #expect(taken4 == [true, true, true, false])
            // A clock that steps back gives nothing.
            let taken5 = try await takes(1, after: 99_000)
            #expect(taken5 == [false])
        }
    }

    @Test(arguments: Backend.contract)
    func `what is given back can be taken again, and a full bucket stays full`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let buckets = [Self.bucket(1), Self.bucket(2)]
            let key = [UInt8](repeating: 9, count: 32)
            let outcome = try await store.transaction { (tx) throws(StoreFault) in
                for _ in 0..<3 { _ = try tx.take(buckets, at: Self.start) }
                let empty = try tx.take(buckets, at: Self.start)
                try tx.giveBack(
                    [buckets[0]], at: Self.start, remembering: key, until: Self.start + .seconds(86_400))
                let one = try tx.take(buckets, at: Self.start)
                for _ in 0..<9 {
                    try tx.giveBack(
                        [buckets[1]], at: Self.start, remembering: key, until: Self.start + .seconds(60))
                }
                var many = 0
                for _ in 0..<9 where !(try tx.take([buckets[1]], at: Self.start)).isEmpty { many += 1 }
                return (empty, one, many, try tx.throttles([key, [1]]))
            }
            #expect(outcome.0.isEmpty)
            #expect(outcome.1 == [buckets[0].key])
            #expect(outcome.2 == 3)
            // What is remembered is never shortened.
            #expect(outcome.3 == [key: Self.start + .seconds(86_400)])
        }
    }

    @Test(arguments: Backend.contract)
    func `of many who claim one key one gets it`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        try await store.transaction { (tx) throws(StoreFault) in
                            try tx.claim([5, 5], until: Self.start)
                        }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(winners == 1)
        }
    }

    @Test(arguments: Backend.contract)
    func `counters are cleared by their keys, and full ones deleted in slices`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let buckets = (0..<6).map { Self.bucket($0) }
            let cleared = try await store.transaction { (tx) throws(StoreFault) in
                let taken = try tx.take(buckets, at: Self.start)
                return (
                    taken.count, try tx.clearThrottles(buckets.prefix(5).map(\.key) + [[7]], at: Self.start),
                    try tx.throttles(buckets.map(\.key)).count
                )
            }
            #expect(cleared == (6, 5, 1))
            let deleted = try await store.transaction { (tx) throws(StoreFault) in
                _ = try tx.take(buckets, at: Self.start)
                let end = Self.start + .seconds(60)
                return [
                    try tx.deleteThrottles(before: end, limit: 100),
                    try tx.deleteThrottles(before: end + .seconds(1), limit: 4),
                    try tx.deleteThrottles(before: end + .seconds(1), limit: 4),
                ]
            }
            #expect(deleted == [0, 4, 1])
        }
    }
}
