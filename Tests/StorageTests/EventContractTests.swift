import Domain
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Store contract: events and the feed")
struct EventContractTests {
    @Test(arguments: Backend.contract)
    func `an event comes back as the bytes that its proof covers`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let sealed = [
                Event.SealedPart(subject: Sample.id(), ciphertext: [0, 1, 0]),
                Event.SealedPart(subject: .nobody, ciphertext: []),
            ]
            let full = Sample.event(personal: sealed)
            let bare = Event(
                id: Sample.id(), time: Timestamp(milliseconds: .min), realm: .system, node: "", did: "start",
                status: false, confirmedBy: "", consequences: Event.Consequences(ifOK: "", ifDoubt: "", ifNot: ""),
                actor: nil, details: "{}", personal: [])
            try await store.transaction { (tx) throws(StoreFault) in
                try tx.append(full, mac: [0, 9])
                try tx.append(bare, mac: [8])
            }
            let events = try await store.settled(2)
            #expect(events.map(\.event.canonical) == [full.canonical, bare.canonical])
            #expect(events.map(\.mac) == [[0, 9], [8]])
            #expect(events[0].position < events[1].position)
            let positions = try await store.read { (tx) throws(StoreFault) in
                [
                    try tx.eventPosition(of: full.id), try tx.eventPosition(of: bare.id),
                    try tx.eventPosition(of: Sample.id()),
                ]
            }
            #expect(positions == [events[0].position, events[1].position, nil])
        }
    }

    @Test(arguments: Backend.contract)
    func `what stands behind a place is counted, up to a limit`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            for _ in 0..<5 {
                try await store.transaction { (tx) throws(StoreFault) in try tx.append(Sample.event(), mac: []) }
            }
            let events = try await store.settled(5)
            try #require(events.count == 5)
            let places: [EventPosition?] = [nil, events[0].position, events[3].position, events[4].position]
            let counts = try await store.read { (tx) throws(StoreFault) -> [Int64] in
                var counts: [Int64] = []
                for place in places { counts.append(try tx.eventCount(after: place, limit: 3)) }
                return counts
            }
            #expect(counts == [3, 3, 1, 0])
        }
    }

    @Test(arguments: Backend.contract)
    func `pages forward and backward neither miss nor repeat`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            for number in 0..<25 {
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.append(Sample.event("e\(number)", realm: number % 5 == 4 ? .system : .standard), mac: [])
                }
            }
            _ = try await store.settled(25)
            try await store.look { tx throws in
                var forward: [String] = []
                var position: EventPosition?
                while case let page = try tx.events(after: position, limit: 7), !page.isEmpty {
                    forward += page.map(\.event.did)
                    position = page.last?.position
                }
                #expect(forward == (0..<25).map { "e\($0)" })

                var backward: [String] = []
                position = nil
                while case let page = try tx.events(
                    realm: .standard, having: nil, .newestFirst, from: position, limit: 6), !page.isEmpty
                {
                    backward += page.map(\.event.did)
                    position = page.last?.position
                }
                #expect(backward == (0..<25).filter { $0 % 5 != 4 }.reversed().map { "e\($0)" })
                #expect(try tx.events(after: nil, limit: 0).isEmpty)
                #expect(try tx.events(after: nil, limit: -1).isEmpty)
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `who follows events while many write sees each once and in one order`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let total = 16 * 12
            async let followed = store.follow(total)
            try await withThrowingTaskGroup { group in
                for _ in 0..<16 {
                    group.addTask {
                        for _ in 0..<12 {
                            try await store.transaction { (tx) throws(StoreFault) in
                                try tx.append(Sample.event(), mac: [])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let seen = try await followed
            let all = try await store.settled(total)
            #expect(seen.map(\.event.id) == all.map(\.event.id))
            #expect(Set(seen.map(\.event.id)).count == total)
            #expect(zip(all, all.dropFirst()).allSatisfy { $0.position < $1.position })
        }
    }

    @Test(arguments: Backend.contract)
    func `an event is not shown before one that began earlier and still runs`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let (slow, quick) = (Sample.event("slow"), Sample.event("quick"))
            let gate = Gate()
            async let first: Void = store.transaction { (tx) throws(StoreFault) in
                try tx.append(slow, mac: [])
                gate.wait()
            }
            while !gate.isReached { try await Task.sleep(for: .milliseconds(1)) }
            async let second: Void = store.transaction { (tx) throws(StoreFault) in try tx.append(quick, mac: []) }
            // SQLite has one writer: there the second has to wait.
            if store.isShared { try await second }
            let early = try await store.look { tx in try tx.events(after: nil, limit: 10).map(\.event.did) }
            gate.open()
            _ = try await (first, second)
            #expect(early.isEmpty)
            let events = try await store.settled(2)
            #expect(events.map(\.event.did) == ["slow", "quick"])
        }
    }

    @Test(arguments: Backend.contract)
    func `an event goes with the change that it describes`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let event = Sample.event()
            await #expect(throws: StoreFault.busy("enough")) {
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.append(event, mac: [])
                    throw StoreFault.busy("enough")
                }
            }
            let found = try await store.look { tx in try tx.eventPosition(of: event.id) }
            #expect(found == nil)
        }
    }

    @Test(arguments: Backend.contract)
    func `the feed counts changes in the order of their commits`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let changes: [Change] = [
                .session(Sample.id(), .standard), .user(Sample.id(), .system), .realm(.standard), .signingKeys(.system),
                .apiKey(Sample.id(), .standard),
            ]
            let found = try await store.look { tx in try tx.feedPosition() }
            #expect(found == 0)
            for change in changes {
                try await store.transaction { (tx) throws(StoreFault) in try tx.announce(change) }
            }
            await #expect(throws: StoreFault.closed) {
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.announce(.realm(.system))
                    throw StoreFault.closed
                }
            }
            try await store.look { tx throws in
                #expect(try tx.feedPosition() == 5)
                let placed = changes.enumerated().map { PlacedChange(sequence: Int64($0) + 1, change: $1) }
                #expect(try tx.changes(after: 0, limit: 10) == placed)
                #expect(try tx.changes(after: 1, limit: 2) == Array(placed[1...2]))
                #expect(try tx.changes(after: 5, limit: 10).isEmpty)
            }
        }
    }
}

extension Store {
    /// The first events, once so many are settled: on PostgreSQL any running transaction may delay that.
    func settled(_ count: Int) async throws -> [PlacedEvent] {
        for _ in 0..<2_000 {
            let events = try await read { (tx) throws(StoreFault) in try tx.events(after: nil, limit: 10_000) }
            if events.count >= count { return events }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw StoreFault.busy("the events did not settle")
    }

    /// Follows the events from the first on, in small pages, until so many were seen.
    func follow(_ count: Int) async throws -> [PlacedEvent] {
        var seen: [PlacedEvent] = []
        for _ in 0..<20_000 {
            let position = seen.last?.position
            let page = try await read { (tx) throws(StoreFault) in try tx.events(after: position, limit: 5) }
            seen += page
            if seen.count >= count { return seen }
            if page.isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        }
        throw StoreFault.busy("the events did not arrive")
    }
}
