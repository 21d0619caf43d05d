import Concurrency
import Glibc
import Synchronization
import Testing

struct ThreadPoolTests {
    struct Broken: Error {}

    @Test func `work runs on the pool and its value comes back`() async throws {
        let pool = ThreadPool(name: "test", threads: 2)
        defer { pool.shutDown() }
        let (value, isInside) = await pool.run { (41 + 1, pool.isCurrent) }
        #expect(value == 42)
        #expect(isInside)
        #expect(!pool.isCurrent)
    }

    @Test func `the caller goes on where it was`() async {
        let home = ThreadPool(name: "home", threads: 1)
        let away = ThreadPool(name: "away", threads: 1)
        let task = Task(executorPreference: home) {
            var stayed = home.isCurrent
            for _ in 0..<100 {
                let left = await away.run { away.isCurrent && !home.isCurrent }
                stayed = stayed && left && home.isCurrent
            }
            return stayed
        }
        #expect(await task.value)
        home.shutDown()
        away.shutDown()
    }

    @Test func `threads that give way are ten steps nicer`() async {
        let plain = ThreadPool(name: "plain", threads: 1)
        let polite = ThreadPool(name: "polite", threads: 1, givesWay: true)
        // On Linux, 0 is the calling thread.
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        let usual = await plain.run { getpriority(process, 0) }
        #expect(await polite.run { getpriority(process, 0) } == min(usual + 10, 19))
        plain.shutDown()
        polite.shutDown()
    }

    @Test func `a typed error reaches the caller`() async {
        let pool = ThreadPool(name: "test", threads: 1)
        defer { pool.shutDown() }
        await #expect(throws: Broken.self) {
            try await pool.run { () throws(Broken) -> Int in throw Broken() }
        }
    }

    @Test func `one thread keeps the order of arrival`() async {
        let pool = ThreadPool(name: "test", threads: 1)
        let seen = Lock<[Int]>([])
        for number in 0..<5000 { pool.execute { seen.withLock { $0.append(number) } } }
        pool.shutDown()
        #expect(seen.withLock { $0 } == Array(0..<5000))
    }

    @Test func `after shutting down work still runs and nobody waits for ever`() async {
        let pool = ThreadPool(name: "test", threads: 2)
        pool.shutDown()
        pool.shutDown()
        #expect(await pool.run { 7 } == 7)
    }

    @Test func `a main thread can wait for asynchronous code`() throws {
        let pool = ThreadPool(name: "test", threads: 1)
        defer { pool.shutDown() }
        #expect(try runToCompletion { await pool.run { 1 } + 1 } == 2)
        #expect(throws: Broken.self) { try runToCompletion { throw Broken() } }
    }
}
