import Domain
import Glibc
import Storage
import StorageSQL
import TestSupport
import Testing

@testable import StorageSQLite

@Suite("SQLite store")
struct SQLiteStoreTests {
    @Test func `its files are for the owner only`() async throws {
        try await Backend.sqlite.withDatabase { database in
            let store = try await database.open()
            try await store.transaction { (tx) throws(StoreFault) in try tx.setSetting("x", to: [1]) }
            for suffix in ["", "-wal", "-shm", "-lock"] {
                var status = stat()
                try #require(unsafe stat(database.place + suffix, &status) == 0, "\(suffix)")
                #expect(status.st_mode & 0o777 == 0o600, "\(suffix)")
            }
            await store.close()
        }
    }

    @Test func `a second store on the same file is refused until the first is closed`() async throws {
        try await Backend.sqlite.withDatabase { database in
            let first = try await database.open()
            await #expect(throws: StoreFault.busy("\(database.place) is already open")) {
                _ = try await database.open()
            }
            try await first.transaction { (tx) throws(StoreFault) in try tx.setSetting("x", to: [1]) }
            await first.close()
            let second = try await database.open()
            let value = try await second.look { tx in try tx.setting("x") }
            #expect(value == [1])
            await second.close()
        }
    }

    @Test func `a path that cannot be opened, and a file that is no database, are said`() async throws {
        await #expect(throws: StoreFault.inputOutput("cannot open /nowhere/at/all-lock: No such file or directory")) {
            _ = try await SQLiteStore.open(path: "/nowhere/at/all", now: Backend.systemClock)
        }
        try await Backend.sqlite.withDatabase { database in
            guard let file = unsafe fopen(database.place, "w") else { throw ScratchDatabase.Fault.noFolder }
            unsafe _ = fputs(String(repeating: "this is not a database. ", count: 100), file)
            unsafe _ = fclose(file)
            let fault = await #expect(throws: StoreFault.self) { _ = try await database.open() }
            guard case .damaged = fault else {
                Issue.record("\(String(describing: fault))")
                return
            }
        }
    }

    @Test func `more changes than can wait are refused, and those that wait are made`() async throws {
        try await Backend.sqlite.withDatabase(inMemory: true) { database in
            let store = try await SQLiteStore.open(path: database.place, now: Backend.systemClock)
            let gate = Gate()
            let refused = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<SQLiteWriter.queueLimit + 500 {
                    group.addTask {
                        do throws(StoreFault) {
                            try await store.transaction { (_) throws(StoreFault) in gate.wait() }
                            return false
                        } catch {
                            #expect(error == .busy("too many transactions wait"))
                            return true
                        }
                    }
                }
                var refused = 0
                for await wasRefused in group {
                    if wasRefused { refused += 1 }
                    // The first to be answered are the refused ones: nobody else gets through.
                    gate.open()
                }
                return refused
            }
            #expect((1...500).contains(refused))
            try await store.transaction { (tx) throws(StoreFault) in try tx.setSetting("x", to: [1]) }
            await store.close()
        }
    }

    @Test func `waiting transactions share a commit, and a refusal among them undoes only itself`() async throws {
        try await Backend.sqlite.withDatabase { database in
            let ticks = Tally()
            let store = try await SQLiteStore.open(path: database.place) {
                Timestamp(milliseconds: Int64(ticks.add()))
            }
            let gate = Gate()
            let runs = Tally()
            let outcomes = await withTaskGroup(of: (Int, StoreFault?).self) { group in
                group.addTask {
                    try? await store.transaction { (_) throws(StoreFault) in gate.wait() }
                    return (-1, nil)
                }
                while !gate.isReached { await Task.yield() }
                for number in 0..<30 {
                    group.addTask {
                        do throws(StoreFault) {
                            try await store.transaction { (tx) throws(StoreFault) in
                                _ = runs.add()
                                try tx.setSetting("n\(number)", to: [1])
                                _ = try tx.insert(Sample.user("user\(number)")).user
                                if number % 3 == 0 { throw StoreFault.busy("mine") }
                            }
                            return (number, nil)
                        } catch {
                            return (number, error)
                        }
                    }
                }
                while store.waitingCount < 30 { await Task.yield() }
                gate.open()
                return await group.reduce(into: [:]) { $0[$1.0] = .some($1.1) }
            }
            #expect(runs.count == 30)
            let found = try await store.look { tx in
                try (0..<30).map { try (tx.setting("n\($0)"), tx.user(usernameKey: "user\($0)", realm: .standard)) }
            }
            for number in 0..<30 {
                let isRefused = number % 3 == 0
                #expect(outcomes[number] == .some(isRefused ? .busy("mine") : nil))
                #expect((found[number].0 == nil) == isRefused && (found[number].1 == nil) == isRefused)
            }
            #expect(Set(found.compactMap(\.1?.createdAt)).count == 20, "each has a clock of its own")
            await store.close()
        }
    }

    @Test func `the log is moved into the database while readers come and go`() async throws {
        try await Backend.sqlite.withDatabase { database in
            let store = try await SQLiteStore.open(
                path: database.place, options: SQLiteStore.Options(checkpointPages: 16), now: Backend.systemClock)
            let done = Tally()
            try await withThrowingTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask {
                        while done.count == 0 {
                            _ = try await store.read { (tx) throws(StoreFault) in
                                try tx.events(after: nil, limit: 50).count
                            }
                        }
                    }
                }
                for _ in 0..<400 {
                    try await store.transaction { (tx) throws(StoreFault) in try tx.append(Sample.event(), mac: []) }
                }
                _ = done.add()
                try await group.waitForAll()
            }
            var status = stat()
            unsafe _ = stat(database.place + "-wal", &status)
            #expect(status.st_size < 400 * 4 * 4_096, "\(status.st_size) bytes of log")
            await store.close()
            #expect(unsafe stat(database.place + "-wal", &status) != 0, "closing leaves no log behind")
        }
    }

    @Test func `checkpoints wait for their interval, and for readers only when the log grew much too long`() {
        var rule = CheckpointRule(interval: 100)
        #expect(rule.isDue(pages: 99) == nil && rule.isDue(pages: 100) == false)
        rule.note(isComplete: false, pages: 100)
        #expect(rule.isDue(pages: 124) == nil && rule.isDue(pages: 125) == false)
        #expect(rule.isDue(pages: 1_600) == true)
        rule.note(isComplete: true, pages: 125)
        #expect(rule.isDue(pages: 100) == false)
    }

    @Test func `the feed keeps its newest hundred thousand entries`() async throws {
        try await Backend.sqlite.withDatabase(inMemory: true) { database in
            let store = try await database.open()
            for _ in 0..<11 {
                try await store.transaction { (tx) throws(StoreFault) in
                    for _ in 0..<9_400 { try tx.announce(.realm(.standard)) }
                }
            }
            let (position, oldest) = try await store.look { tx in
                (try tx.feedPosition(), try tx.changes(after: 0, limit: 1).first?.sequence)
            }
            #expect(position == 103_400)
            // Pruned at the last multiple of 256.
            #expect(oldest == 3_169)
            await store.close()
        }
    }

    @Test func `values are bound by name and not by order of appearance`() async throws {
        try await Backend.sqlite.withDatabase { database in
            let connection = try SQLiteConnection(
                path: database.place, role: .writer, options: SQLiteStore.Options(), clock: Backend.systemClock)
            let found = try connection.query("SELECT $2, $1, $2", [.integer(.min), .integer(.max)]) {
                row throws(StoreFault) in [try row.integer(0), try row.integer(1), try row.integer(2)]
            }
            #expect(found == [[.max, .min, .max]])
        }
    }
}
