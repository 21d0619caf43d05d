import Concurrency
import Glibc
import Synchronization
import Testing

/// A pool with one thread that is busy until `open()`, so that everybody else has to wait.
private final class Gate: Sendable {
    let pool = ThreadPool(name: "test pool", threads: 1)
    private let isOpen = Flag()
    private let isHeld = Flag()

    func hold(_ queue: FairQueue) async -> Task<Void, Never> {
        // A busy machine may start the pool's thread past the queue's deadline: then it is tried again.
        let task = Task {
            while !isHeld.isRaised { try? await queue.run(source: "holder", isKnown: false) { self.wait() } }
        }
        await until { isHeld.isRaised }
        return task
    }

    private func wait() {
        isHeld.raise()
        while !isOpen.isRaised { usleep(1000) }
    }

    func open() { isOpen.raise() }
}

private final class Names: Sendable {
    private let names = Lock<[String]>([])
    var all: [String] { names.withLock { $0 } }
    func add(_ name: String) { names.withLock { $0.append(name) } }
}

private func until(_ condition: () -> Bool) async {
    let end = MonotonicTime.now() + .seconds(10)
    while !condition(), MonotonicTime.now() < end { try? await Task.sleep(for: .milliseconds(1)) }
}

struct FairQueueTests {
    @Test func `a flooding source waits behind everybody else's first`() async {
        let gate = Gate()
        let queue = FairQueue(pool: gate.pool, places: 80, deadline: .seconds(30))
        let holder = await gate.hold(queue)
        let served = Names()
        var tasks: [Task<Void, Never>] = []
        for (source, count) in [("flood", 10), ("a", 2), ("b", 2)] {
            for _ in 0..<count {
                let before = queue.waiting
                tasks.append(
                    Task {
                        try? await queue.run(source: source, isKnown: false) { served.add(source) }
                    })
                await until { queue.waiting > before }
            }
        }
        await #expect(throws: FairQueue.Refusal.full(retryAfter: .seconds(1))) {
            try await queue.run(source: "flood", isKnown: false) {}
        }
        gate.open()
        for task in tasks { await task.value }
        await holder.value
        #expect(Array(served.all.prefix(6)) == ["flood", "a", "b", "flood", "a", "b"])
        #expect(served.all.count == 14)
        gate.pool.shutDown()
    }

    @Test func `a share of the places is for known clients`() async {
        let gate = Gate()
        let queue = FairQueue(pool: gate.pool, places: 8, deadline: .seconds(30))
        let holder = await gate.hold(queue)
        var tasks: [Task<Void, Never>] = []
        func add(_ source: String, isKnown: Bool) async {
            let before = queue.waiting
            tasks.append(Task { try? await queue.run(source: source, isKnown: isKnown) {} })
            await until { queue.waiting > before }
        }
        for number in 0..<6 { await add("source \(number)", isKnown: false) }
        await #expect(throws: FairQueue.Refusal.self) { try await queue.run(source: "7", isKnown: false) {} }
        for number in 0..<2 { await add("source \(number)", isKnown: true) }
        #expect(queue.waiting == 8)
        await #expect(throws: FairQueue.Refusal.self) { try await queue.run(source: "9", isKnown: true) {} }
        gate.open()
        for task in tasks { await task.value }
        await holder.value
        gate.pool.shutDown()
    }

    @Test func `nobody waits whose turn would come too late`() async {
        let gate = Gate()
        // A queue that served nobody yet expects 20 ms of each: 16 turns come within its patience.
        let queue = FairQueue(pool: gate.pool, places: 80, patience: .milliseconds(320), deadline: .seconds(30))
        let holder = await gate.hold(queue)
        var tasks: [Task<Void, Never>] = []
        func add(_ source: String, isKnown: Bool) async {
            let before = queue.waiting
            tasks.append(Task { try? await queue.run(source: source, isKnown: isKnown) {} })
            await until { queue.waiting > before }
        }
        func isRefused(_ source: String, isKnown: Bool) async -> Bool {
            do throws(FairQueue.Refusal) { try await queue.run(source: source, isKnown: isKnown) {} } catch {
                return error == .full(retryAfter: .seconds(1))
            }
            return false
        }
        for _ in 0..<3 { await add("source 0", isKnown: false) }
        for number in 1..<7 { await add("source \(number)", isKnown: false) }
        #expect(await isRefused("source 1", isKnown: false), "its second turn comes after everybody's second")
        for number in 7..<12 { await add("source \(number)", isKnown: false) }
        #expect(await isRefused("source 12", isKnown: false), "three quarters of the turns are taken")
        for number in 12..<16 { await add("source \(number)", isKnown: true) }
        #expect(await isRefused("source 16", isKnown: true), "all turns are taken")
        #expect(queue.waiting == 18)
        gate.open()
        for task in tasks { await task.value }
        await holder.value
        gate.pool.shutDown()
    }

    @Test func `work that takes longer than anybody's patience still has eight turns`() async {
        let gate = Gate()
        let queue = FairQueue(pool: gate.pool, places: 80, patience: .milliseconds(1), deadline: .seconds(30))
        let holder = await gate.hold(queue)
        var tasks: [Task<Void, Never>] = []
        for number in 0..<8 {
            let before = queue.waiting
            tasks.append(Task { try? await queue.run(source: "source \(number)", isKnown: true) {} })
            await until { queue.waiting > before }
        }
        await #expect(throws: FairQueue.Refusal.self) { try await queue.run(source: "9", isKnown: true) {} }
        gate.open()
        for task in tasks { await task.value }
        await holder.value
        gate.pool.shutDown()
    }

    @Test func `a cancelled waiter leaves at once and its work never runs`() async {
        let gate = Gate()
        let queue = FairQueue(pool: gate.pool, places: 8, deadline: .seconds(30))
        let holder = await gate.hold(queue)
        let hasRun = Flag()
        let task = Task { () -> FairQueue.Refusal? in
            do throws(FairQueue.Refusal) {
                try await queue.run(source: "a", isKnown: false) { hasRun.raise() }
                return nil
            } catch { return error }
        }
        await until { queue.waiting == 1 }
        task.cancel()
        #expect(await task.value == .cancelled)
        #expect(queue.waiting == 0)
        gate.open()
        await holder.value
        gate.pool.shutDown()
        #expect(!hasRun.isRaised)
    }

    @Test func `whoever waited past the deadline is not served`() async {
        let gate = Gate()
        let queue = FairQueue(pool: gate.pool, places: 8, deadline: .milliseconds(100))
        let holder = await gate.hold(queue)
        let hasRun = Flag()
        let task = Task { () -> FairQueue.Refusal? in
            do throws(FairQueue.Refusal) {
                try await queue.run(source: "a", isKnown: false) { hasRun.raise() }
                return nil
            } catch { return error }
        }
        await until { queue.waiting == 1 }
        let start = MonotonicTime.now()
        await until { MonotonicTime.now().since(start) > .milliseconds(150) }
        gate.open()
        #expect(await task.value == .tooLate)
        #expect(!hasRun.isRaised)
        await holder.value
        gate.pool.shutDown()
    }

    @Test func `a place is free again when its holder came too late`() async throws {
        let gate = Gate()
        let queue = FairQueue(pool: gate.pool, places: 8, deadline: .milliseconds(100))
        let holder = await gate.hold(queue)
        let late = Task { try? await queue.run(source: "a", isKnown: false) {} }
        await until { queue.waiting == 1 }
        let start = MonotonicTime.now()
        await until { MonotonicTime.now().since(start) > .milliseconds(150) }
        let second = Task { try? await queue.run(source: "a", isKnown: false) { 2 } }
        _ = await late.value
        #expect(queue.waiting == 1)
        gate.open()
        _ = await second.value
        await holder.value
        gate.pool.shutDown()
    }
}
