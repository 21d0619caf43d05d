import Concurrency
import Testing

@Suite("Counters") struct TalliesTests {
    @Test func `lose nothing when many threads count at once`() async {
        let tallies = Tallies(count: 3, lanes: 2)
        let pool = ThreadPool(name: "count", threads: 4)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { await pool.run { for _ in 0..<10_000 { tallies.add(2, at: 1) } } }
            }
        }
        pool.shutDown()
        #expect(tallies.sum(at: 1) == 160_000)
        #expect(tallies.sum(at: 0) == 0 && tallies.sum(at: 2) == 0)
    }

    @Test func `of loops are kept apart and summed up`() async throws {
        let tallies = Tallies(count: 1, lanes: 2)
        let lanes = Lock<Set<Int>>([])
        var loops: [EventLoop] = []
        for lane in 0..<3 { loops.append(try EventLoop(name: "lane-\(lane)", lane: lane)) }
        for loop in loops {
            loop.start()
            loop.execute {
                lanes.withLock { _ = $0.insert(EventLoop.currentLane) }
                tallies.add(at: 0)
            }
            loop.stop()
        }
        #expect(lanes.withLock { $0 } == [0, 1, 2])
        #expect(tallies.sum(at: 0) == 3, "a loop beyond the lanes counts in the first")
    }

    @Test func `ignore places that do not exist`() {
        let tallies = Tallies(count: 2)
        for place in [-1, 2, .max, .min] { tallies.add(at: place) }
        #expect(tallies.sum(at: 0) + tallies.sum(at: 1) + tallies.sum(at: 2) + tallies.sum(at: -1) == 0)
    }

    @Test func `of a histogram hold each value up to its bound, and the sum`() {
        let histogram = Histogram(bounds: [10, 100], rows: 2)
        for value: UInt64 in [0, 10, 11, 100, 101, 1_000] { histogram.note(value, row: 1) }
        #expect(histogram.distribution(row: 0).total == 0)
        #expect(histogram.distribution(row: 1) == Distribution(bounds: [10, 100], counts: [2, 2, 2], sum: 1_222))
    }

    @Test func `of a fair queue say what became of everybody`() async {
        let pool = ThreadPool(name: "fair", threads: 1)
        let queue = FairQueue(pool: pool, places: 8, deadline: .seconds(10))
        _ = try? await queue.run(source: "a", isKnown: true) { 1 }
        let gate = Lock(false)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    _ = try? await queue.run(source: "b", isKnown: false) {
                        while !gate.withLock({ $0 }) {}
                    }
                }
            }
            while queue.statistics.running + queue.statistics.waiting < 2 || queue.statistics.refusedFull < 2 {
                await Task.yield()
            }
            gate.withLock { $0 = true }
        }
        pool.shutDown()
        let statistics = queue.statistics
        #expect(
            statistics.served == 3, "one alone, one that ran, one that waited: a source has an eighth of the places")
        #expect(statistics.refusedFull == 2)
        #expect(statistics.waits.total == 3 && statistics.work.total == 3)
        #expect(statistics.waiting == 0 && statistics.running == 0)
    }
}
