import Domain
import Storage
import Synchronization
import Testing

@testable import StoragePostgres

@Suite("PostgreSQL events", .enabled(if: PostgresScratch.isAvailable))
struct PostgresEventTests {
    @Test func `events of a transaction that began earlier are waited for, whatever their rows' numbers`() async throws
    {
        let store = try await PostgresStore.open(url: PostgresScratch.schema())
        let earlyHasBegun = Atomic<Bool>(false)
        let earlyMayEnd = Atomic<Bool>(false)
        // Takes its transaction id at once and its event's row last.
        async let early: Void = store.transaction { (tx) throws(StoreFault) in
            try tx.setSetting("taken", to: [1])
            earlyHasBegun.store(true, ordering: .sequentiallyConsistent)
            while !earlyMayEnd.load(ordering: .sequentiallyConsistent) {
                sleepBriefly()
                _ = try tx.setting("taken")  // the server ends transactions that sit idle
            }
            try tx.append(event(1), mac: [])
        }
        while !earlyHasBegun.load(ordering: .sequentiallyConsistent) { try await Task.sleep(for: .milliseconds(5)) }
        try await store.transaction { (tx) throws(StoreFault) in try tx.append(event(2), mac: []) }

        let tooSoon = try await store.read { (reader) throws(StoreFault) in try reader.events(after: nil, limit: 9) }
        #expect(tooSoon.isEmpty)
        // A page once read would otherwise gain a row afterwards, before the place it ends at.
        let newest = try await store.read { (reader) throws(StoreFault) in
            try reader.events(realm: .standard, having: nil, .newestFirst, from: nil, limit: 9)
        }
        #expect(newest.isEmpty)

        earlyMayEnd.store(true, ordering: .sequentiallyConsistent)
        try await early
        let events = try await settled(2, in: store)
        #expect(events.map(\.event.did) == ["event 1", "event 2"])
        #expect(events[0].position.row > events[1].position.row)
        await store.close()
    }

    @Test func `a reader that follows writers misses nothing and sees nothing twice`() async throws {
        let store = try await PostgresStore.open(url: PostgresScratch.schema(), connections: 6)
        async let written: Void = withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<5 {
                group.addTask {
                    for number in 0..<20 {
                        try await store.transaction { (tx) throws(StoreFault) in
                            try tx.setSetting("writer \(writer)", to: [UInt8(number)])
                            if number.isMultiple(of: 3) { sleepBriefly() }
                            try tx.append(event(UInt64(writer * 20 + number)), mac: [])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        var seen: [PlacedEvent] = []
        let deadline = ContinuousClock.now + .seconds(60)
        while seen.count < 100, ContinuousClock.now < deadline {
            let last = seen.last?.position
            seen += try await store.read { (reader) throws(StoreFault) in try reader.events(after: last, limit: 7) }
        }
        try await written
        #expect(Set(seen.map(\.event.id)).count == 100)
        #expect(seen.count == 100)
        #expect(seen.map(\.position) == seen.map(\.position).sorted())
        await store.close()
    }

    /// Transactions of other tests on the same server hold events back for a while.
    private func settled(_ count: Int, in store: PostgresStore) async throws -> [PlacedEvent] {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let events = try await store.read { (reader) throws(StoreFault) in
                try reader.events(after: nil, limit: 100)
            }
            if events.count >= count || ContinuousClock.now > deadline { return events }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

private func event(_ number: UInt64) -> Event {
    Event(
        id: ID(high: 1, low: number), time: Timestamp(milliseconds: 1), realm: .standard, node: "node",
        did: "event \(number)", status: true, confirmedBy: "test",
        consequences: Event.Consequences(ifOK: "", ifDoubt: "", ifNot: ""), actor: nil, details: "{}", personal: [])
}
