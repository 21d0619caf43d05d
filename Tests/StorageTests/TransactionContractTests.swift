import Domain
import Storage
import TestSupport
import Testing

@Suite("Store contract: transactions")
struct TransactionContractTests {
    @Test func `PostgreSQL takes part where it must, with a pooler and without`() {
        #expect(!Backend.mustIncludePostgres || Backend.contract == Backend.allCases)
    }

    @Test(arguments: Backend.contract)
    func `returning commits and throwing rolls back`(_ backend: Backend) async throws {
        try await backend.withMigratedDatabase { database in
            let store = try await database.open()
            try await store.transaction { (tx) throws(StoreFault) in try tx.setSetting("kept", to: [1]) }
            await #expect(throws: StoreFault.full("mine")) {
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.setSetting("kept", to: [2])
                    try tx.setSetting("lost", to: [2])
                    throw StoreFault.full("mine")
                }
            }
            await store.close()
            let again = try await database.open()
            let values = try await again.read { (tx) throws(StoreFault) in
                [try tx.setting("kept"), try tx.setting("lost")]
            }
            #expect(values == [[1], nil])
            await again.close()
        }
    }

    @Test(arguments: Backend.contract)
    func `a body that swallowed a fault commits nothing`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let user = try await store.addUser()
            let session = try await store.addSession(of: user)
            let afterwards = Tally()
            await #expect(throws: StoreFault.self) {
                try await store.transaction { (tx) throws(StoreFault) in
                    try tx.setSetting("half", to: [1])
                    try? tx.insert(session, origin: Sample.origin)
                    // Its transaction may be gone: run now, a statement would be on its own.
                    if (try? tx.setSetting("other half", to: [1])) != nil { _ = afterwards.add() }
                }
            }
            #expect(afterwards.count == 0)
            let values = try await store.read { (tx) throws(StoreFault) in
                [try tx.setting("half"), try tx.setting("other half")]
            }
            #expect(values == [nil, nil])
        }
    }

    @Test(arguments: Backend.contract)
    func `a read sees one moment, and what was acknowledged before it`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            try await store.transaction { (tx) throws(StoreFault) in try tx.setSetting("x", to: [0]) }
            for round: UInt8 in 1...20 {
                try await store.transaction { (tx) throws(StoreFault) in try tx.setSetting("x", to: [round]) }
                let found = try await store.look { tx in try tx.setting("x") }
                #expect(found == [round])
            }
            async let writing: Void = {
                for round: UInt8 in 0..<100 {
                    try await store.transaction { (tx) throws(StoreFault) in
                        try tx.setSetting("x", to: [round])
                        try tx.setSetting("y", to: [round])
                    }
                }
            }()
            for _ in 0..<100 {
                let (x, y, again) = try await store.look { tx throws in
                    (try tx.setting("x"), try tx.setting("y"), try tx.setting("x"))
                }
                #expect(x == again && (y == nil || x == y))
            }
            try await writing
        }
    }

    @Test(arguments: Backend.contract)
    func `bytes and text come back as they went in`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let blob = (0...255).map { UInt8($0) } + [0, 0, 0]
            let texts = [
                "", "a", "\u{1}\u{7F}", "caf\u{E9}", "cafe\u{301}", "\r\n", "\u{FFFD}\u{FFFF}\u{10FFFF}",
                "'\"\\;--$1%_",
                "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F466}", String(repeating: "\u{E000}", count: 10_000),
            ]
            try await store.transaction { (tx) throws(StoreFault) in
                try tx.setSetting("blob", to: blob)
                for text in texts { try tx.setSetting("t" + text, to: Array(text.utf8)) }
            }
            let found = try await store.look { tx in try tx.setting("blob") }
            #expect(found == blob)
            var written: [[UInt8]] = []
            for text in texts {
                let event = Event(
                    id: Sample.id(), time: Timestamp(milliseconds: 0), realm: .standard, node: text, did: text,
                    status: true, confirmedBy: text,
                    consequences: Event.Consequences(ifOK: text, ifDoubt: text, ifNot: text), actor: nil,
                    details: text, personal: [])
                let name = try await store.transaction { (tx) throws(StoreFault) in
                    try tx.append(event, mac: [])
                    return try tx.setting("t" + text)
                }
                #expect(name == Array(text.utf8))
                written.append(event.canonical)
            }
            #expect(try await store.settled(texts.count).map(\.event.canonical) == written)
        }
    }

    @Test(arguments: Backend.contract)
    func `a NUL in a text finds nothing and is not stored`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            _ = try await store.addUser("maria")
            let found = try await store.read { (tx) throws(StoreFault) in
                try tx.user(usernameKey: "maria\0", realm: .standard)
            }
            #expect(found == nil)
            await #expect(throws: StoreFault.constraint("a text holds a NUL character")) {
                try await store.transaction { (tx) throws(StoreFault) in try tx.setSetting("a\0b", to: []) }
            }
            await #expect(throws: StoreFault.constraint("a text holds a NUL character")) {
                _ = try await store.transaction { (tx) throws(StoreFault) in try tx.insert(Sample.user("a\0")).user }
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `many writers at once lose nothing`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let tasks = 64
            let rounds = backend == .sqlite ? 200 : 25
            let user = try await store.addUser()
            var sessions: [Session] = []
            for _ in 0..<tasks { sessions.append(try await store.addSession(of: user)) }
            try await withThrowingTaskGroup { group in
                for session in sessions {
                    group.addTask {
                        var counter = Counter.first
                        for _ in 0..<rounds {
                            let from = counter
                            let isAdvanced = try await store.transaction { (tx) throws(StoreFault) in
                                let isAdvanced = try tx.advance(session.id, from: from, origin: Sample.origin)
                                try tx.announce(.session(session.id, .standard))
                                return isAdvanced
                            }
                            #expect(isAdvanced)
                            counter = counter.next
                        }
                    }
                }
                try await group.waitForAll()
            }
            let last = sessions
            let (issued, position, changes) = try await store.read { (tx) throws(StoreFault) in
                var issued: [Int64] = []
                for session in last { issued.append(try tx.session(session.id, realm: .standard)?.issued.value ?? 0) }
                return (issued, try tx.feedPosition(), try tx.changes(after: 0, limit: 100_000))
            }
            #expect(issued == Array(repeating: Int64(rounds + 1), count: tasks))
            #expect(position == Int64(tasks * rounds))
            #expect(changes.map(\.sequence) == Array(1...Int64(tasks * rounds)))
        }
    }

    @Test(arguments: Backend.contract)
    func `the clock is the database's, and stands still within a transaction`(_ backend: Backend) async throws {
        try await backend.withStore { store in
            let before = Backend.systemClock()
            let times = try await store.transaction { (tx) throws(StoreFault) in
                let first = tx.now
                let user = try tx.insert(Sample.user("maria")).user
                return [first, user?.createdAt, tx.now]
            }
            #expect(times[0] == times[1] && times[0] == times[2])
            let read = try await store.read { (tx) throws(StoreFault) in tx.now }
            for time in [times[0], read] {
                let time = try #require(time)
                #expect(before - .seconds(2) <= time && time <= Backend.systemClock() + .seconds(2))
            }
        }
    }

    @Test(arguments: Backend.contract)
    func `a closed store finishes what it took and takes no more`(_ backend: Backend) async throws {
        try await backend.withMigratedDatabase { database in
            let store = try await database.open()
            let outcomes = await withTaskGroup(of: (UInt8, StoreFault?).self) { group in
                for number: UInt8 in 0..<40 {
                    group.addTask {
                        do throws(StoreFault) {
                            try await store.transaction { (tx) throws(StoreFault) in
                                try tx.setSetting("s\(number)", to: [number])
                            }
                            return (number, nil)
                        } catch {
                            return (number, error)
                        }
                    }
                }
                group.addTask {
                    await store.close()
                    return (255, nil)
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            await #expect(throws: StoreFault.closed) {
                try await store.transaction { (tx) throws(StoreFault) in try tx.setSetting("late", to: []) }
            }
            await #expect(throws: StoreFault.closed) {
                _ = try await store.read { (tx) throws(StoreFault) in try tx.setting("late") }
            }
            await store.close()
            let again = try await database.open()
            for (number, fault) in outcomes where number != 255 {
                let value = try await again.read { (tx) throws(StoreFault) in try tx.setting("s\(number)") }
                #expect(value == (fault == nil ? [number] : nil))
                #expect(fault == nil || fault == .closed)
            }
            await again.close()
        }
    }
}
