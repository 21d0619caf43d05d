import Concurrency
import Synchronization
import Testing

private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop(name: "test loop")
    loop.start()
    try await body(loop)
    loop.stop()
}

private actor Counter {
    var value = 0
    func increment() -> EventLoop? {
        value += 1
        return EventLoop.current
    }
}

@concurrent private func concurrentWork() async -> EventLoop? {
    await Task.yield()
    return EventLoop.current
}

private func plainWork() async -> EventLoop? {
    await Task.yield()
    return EventLoop.current
}

struct EventLoopTests {
    @Test func `a task stays on its loop whatever it awaits`() async throws {
        try await withLoop { loop in
            let pool = ThreadPool(name: "test pool", threads: 1)
            defer { pool.shutDown() }
            let strays = Lock<[String]>([])
            @Sendable func check(_ step: String, _ seen: EventLoop? = nil) {
                if !loop.isCurrent || (seen != nil && seen !== loop) { strays.withLock { $0.append(step) } }
            }
            for isImmediate in [false, true] {
                let body: @Sendable () async -> Void = {
                    let counter = Counter()
                    for _ in 0..<200 {
                        check("start")
                        check("nonisolated", await plainWork())
                        check("concurrent", await concurrentWork())
                        check("actor", await counter.increment())
                        async let child = plainWork()
                        check("async let", await child)
                        await withTaskGroup(of: EventLoop?.self) { group in
                            for _ in 0..<3 { group.addTask { await concurrentWork() } }
                            for await seen in group { check("group", seen) }
                        }
                        await withCheckedContinuation { continuation in
                            pool.execute { continuation.resume() }
                        }
                        check("continuation")
                        _ = await pool.run { 1 }
                        check("pool")
                        try? await loop.sleep(for: .microseconds(10))
                        check("sleep")
                    }
                }
                if isImmediate {
                    await withCheckedContinuation { continuation in
                        loop.execute {
                            startNow(on: loop) {
                                await body()
                                continuation.resume()
                            }
                        }
                    }
                } else {
                    await spawn(on: loop, body).value
                }
            }
            #expect(strays.withLock { $0 } == [])
        }
    }

    @Test func `a task started now runs before the call returns`() async throws {
        try await withLoop { loop in
            let isDone = await withCheckedContinuation { continuation in
                loop.execute {
                    let flag = Flag()
                    startNow(on: loop) { flag.raise() }
                    continuation.resume(returning: flag.isRaised)
                }
            }
            #expect(isDone)
        }
    }

    @Test func `timers fire in order, and moving or cancelling one is felt`() async throws {
        try await withLoop { loop in
            let seen = Lock<[Int]>([])
            await withCheckedContinuation { continuation in
                loop.execute {
                    let start = MonotonicTime.now()
                    for number in [5, 1, 4, 2, 3] {
                        loop.set(
                            LoopTimer { seen.withLock { $0.append(number) } }, to: start + .milliseconds(10 * number))
                    }
                    let moved = LoopTimer { seen.withLock { $0.append(6) } }
                    loop.set(moved, to: start + .milliseconds(15))
                    loop.set(moved, to: start + .milliseconds(60))
                    let earlier = LoopTimer { seen.withLock { $0.append(0) } }
                    loop.set(earlier, to: start + .seconds(60))
                    loop.set(earlier, to: start + .milliseconds(1))
                    let cancelled = LoopTimer { seen.withLock { $0.append(-1) } }
                    loop.set(cancelled, to: start + .milliseconds(25))
                    loop.cancel(cancelled)
                    loop.set(LoopTimer { continuation.resume() }, to: start + .milliseconds(90))
                }
            }
            #expect(seen.withLock { $0 } == [0, 1, 2, 3, 4, 5, 6])
        }
    }

    @Test func `work from many threads all arrives`() async throws {
        try await withLoop { loop in
            let pool = ThreadPool(name: "test pool", threads: 4)
            let count = Lock(0)
            for _ in 0..<20_000 { pool.execute { loop.execute { count.withLock { $0 += 1 } } } }
            pool.shutDown()
            await spawn(on: loop) {}.value
            #expect(count.withLock { $0 } == 20_000)
        }
    }

    @Test func `a cancelled sleep ends at once`() async throws {
        try await withLoop { loop in
            let start = MonotonicTime.now()
            let wasCancelled = Flag()
            let task = spawn(on: loop) {
                do { try await loop.sleep(for: .seconds(60)) } catch { wasCancelled.raise() }
            }
            try await loop.sleep(for: .milliseconds(20))
            task.cancel()
            await task.value
            #expect(wasCancelled.isRaised)
            #expect(MonotonicTime.now().since(start) < .seconds(5))
        }
    }

    @Test func `stopping wakes sleepers and refuses to strand later work`() async throws {
        let loop = try EventLoop(name: "test loop")
        loop.start()
        let wasCancelled = Flag()
        let task = spawn(on: loop) {
            do { try await loop.sleep(for: .seconds(60)) } catch { wasCancelled.raise() }
        }
        try await loop.sleep(for: .milliseconds(20))
        loop.stop()
        await task.value
        #expect(wasCancelled.isRaised)
        await spawn(on: loop) {}.value
    }

    static let delays: [(Duration, Bool)] = [
        (.seconds(-1), false), (.zero, false), (.nanoseconds(1), false), (.seconds(Int64.max), true),
    ]

    @Test(arguments: delays)
    func `adding a delay never traps`(delay: Duration, isNever: Bool) {
        let now = MonotonicTime.now()
        #expect((now + delay == .never) == isNever)
        #expect(now + delay >= now)
    }
}

final class Flag: Sendable {
    private let state = Atomic(false)
    var isRaised: Bool { state.load(ordering: .sequentiallyConsistent) }
    func raise() { state.store(true, ordering: .sequentiallyConsistent) }
}
