import Concurrency
import Domain
import Storage
import TestSupport
import Testing

@testable import StoragePostgres

@Suite("PostgreSQL tells of changes", .enabled(if: PostgresScratch.isAvailable))
struct FeedListenerTests {
    /// When it was woken, from a thread of the store's.
    private final class Wakes: Sendable {
        private let times = Lock<[ContinuousClock.Instant]>([])
        func note() { times.withLock { $0.append(.now) } }
        var count: Int { times.withLock { $0.count } }
        func reaches(_ count: Int, within limit: Duration) async throws -> Bool {
            let deadline = ContinuousClock.now + limit
            while self.count < count {
                guard ContinuousClock.now < deadline else { return false }
                try await Task.sleep(for: .milliseconds(1))
            }
            return true
        }
    }

    private func announce(_ store: PostgresStore) async throws {
        try await store.transaction { (tx) throws(StoreFault) in try tx.announce(.realm(.standard)) }
    }

    private func becomes(_ isListening: Bool, _ store: PostgresStore, within limit: Duration) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while store.isListening != isListening {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    @Test func `a change of one node wakes the other, and one that was rolled back nobody`() async throws {
        let url = try PostgresScratch.database()
        let here = try await PostgresStore.open(url: url)
        let there = try await PostgresStore.open(url: url)
        let wakes = Wakes()
        there.onChange { wakes.note() }
        #expect(try await becomes(true, there, within: .seconds(10)))
        #expect(!here.isListening)
        // Once for having begun to listen.
        #expect(try await wakes.reaches(1, within: .seconds(5)))
        for number in 0..<20 {
            let before = wakes.count
            try await announce(here)
            #expect(try await wakes.reaches(before + 1, within: .seconds(5)), "change \(number)")
        }
        let before = wakes.count
        await #expect(throws: StoreFault.full("mine")) {
            try await here.transaction { (tx) throws(StoreFault) in
                try tx.announce(.realm(.standard))
                throw StoreFault.full("mine")
            }
        }
        try await here.transaction { (tx) throws(StoreFault) in try tx.setSetting("a", to: [1]) }
        #expect(try await !wakes.reaches(before + 1, within: .milliseconds(300)))
        let began = ContinuousClock.now
        await there.close()
        #expect(ContinuousClock.now - began < .seconds(2))
        await here.close()
    }

    @Test func `a server that comes back is listened to again, and is known to be another`() async throws {
        let server = try PostgresServer()
        let store = try await PostgresStore.open(url: Secret(utf8: server.url))
        let wakes = Wakes()
        store.onChange { wakes.note() }
        #expect(try await becomes(true, store, within: .seconds(10)))
        let before = try await store.read { (reader) throws(StoreFault) in try reader.feedHead() }
        #expect(try await store.readFirst { (reader) throws(StoreFault) in try reader.feedHead() } == before)
        try server.obey(.kill)
        #expect(try await becomes(false, store, within: .seconds(10)))
        try server.obey(.start)
        #expect(try await becomes(true, store, within: .seconds(30)))
        let count = wakes.count
        try await announce(store)
        #expect(try await wakes.reaches(count + 1, within: .seconds(5)))
        let after = try await store.read { (reader) throws(StoreFault) in try reader.feedHead() }
        #expect(after.sequence == before.sequence + 1 && after.server != before.server)
        #expect(!before.isBehind(after) && !after.isBehind(before))
        await store.close()
    }

    @Test(.enabled(if: PostgresScratch.isPooled))
    func `behind a pooler nobody listens, and nobody else's connection does`() async throws {
        let store = try await PostgresStore.open(url: try PostgresScratch.pooledDatabase())
        store.onChange {}
        for _ in 0..<20 { try await announce(store) }
        #expect(try await !becomes(true, store, within: .milliseconds(500)))
        let channels = try await store.readFirst { (reader) throws(StoreFault) in try reader.feedHead() }
        #expect(channels.sequence == 20)
        let began = ContinuousClock.now
        await store.close()
        #expect(ContinuousClock.now - began < .seconds(2))
    }
}
