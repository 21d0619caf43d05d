import Concurrency
import Domain
import Glibc
import Storage
import StorageSQL
import Synchronization
import TestSupport
import Testing

@testable import StorageSQLite

/// What is promised when the disk is not: whatever was acknowledged is there, and nothing is there by half.
@Suite("SQLite faults", .serialized)
struct SQLiteFaultTests {
    /// Which transactions were acknowledged, and what the others were told.
    struct Answers: Sendable {
        var acknowledged: [Int] = []
        var faults: [Int: StoreFault] = [:]

        mutating func note(_ answer: (number: Int, fault: StoreFault?)) {
            if let fault = answer.fault { faults[answer.number] = fault } else { acknowledged.append(answer.number) }
        }
    }

    /// Writes two settings that belong together, and an event, in one transaction.
    static func pair(_ number: Int, on store: SQLiteStore) async throws(StoreFault) {
        try await store.transaction { (tx) throws(StoreFault) in
            try tx.setSetting("first \(number)", to: Array(repeating: 1, count: 700))
            try tx.append(Sample.event("pair \(number)"), mac: [])
            try tx.setSetting("second \(number)", to: Array(repeating: 2, count: 700))
        }
    }

    /// Ten one after the other, then thirty that share commits.
    static func work(on store: SQLiteStore) async -> Answers {
        var answers = Answers()
        for number in 0..<10 { answers.note(await attempt(number, on: store)) }
        await withTaskGroup { group in
            for number in 10..<40 { group.addTask { await attempt(number, on: store) } }
            for await answer in group { answers.note(answer) }
        }
        return answers
    }

    private static func attempt(_ number: Int, on store: SQLiteStore) async -> (Int, StoreFault?) {
        do throws(StoreFault) {
            try await pair(number, on: store)
            return (number, nil)
        } catch {
            return (number, error)
        }
    }

    /// Opens the file on the healthy file system and looks for everything that was acknowledged.
    static func check(_ database: ScratchDatabase, _ answers: Answers, _ comment: Comment) async throws {
        let connection = try SQLiteConnection(
            path: database.place, role: .writer, options: SQLiteStore.Options(), clock: Backend.systemClock)
        let integrity = try connection.query("PRAGMA integrity_check", []) { row throws(StoreFault) in
            try row.text(0)
        }
        #expect(integrity == ["ok"], comment)
        connection.close()

        let store = try await SQLiteStore.open(path: database.place, now: Backend.systemClock)
        let halves = try await store.read { (tx) throws(StoreFault) in
            let events = Set(try tx.events(after: nil, limit: 1_000).map(\.event.did))
            var halves: [[Bool]] = []
            for number in 0..<40 {
                halves.append([
                    try tx.setting("first \(number)") != nil, try tx.setting("second \(number)") != nil,
                    events.contains("pair \(number)"),
                ])
            }
            return halves
        }
        await store.close()
        for (number, halves) in halves.enumerated() {
            #expect(Set(halves).count == 1, "\(comment): half of \(number)")
            if answers.acknowledged.contains(number) { #expect(halves[0], "\(comment): \(number) was lost") }
        }
    }

    static let options = SQLiteStore.Options(fileSystem: FailingFileSystem.name, checkpointPages: 8)

    /// `ALDRAVA_TEST_ORDERS=all`, as for the orders of what several nodes do.
    private static let isThorough =
        unsafe getenv("ALDRAVA_TEST_ORDERS").map { unsafe String(cString: $0) } == "all"

    /// Has a fault fall on every write and fsync of the work, and of a store's first start with all its migrations; of
    /// these a short run tries each tenth. Returns how many were tried.
    private static func everywhere(
        _ plan: (Int) -> FailingFileSystem.Plan,
        _ body: (_ plan: FailingFileSystem.Plan, Answers, _ didFail: Bool) -> Void
    ) async throws -> Int {
        var tried = 0
        func attempt(_ number: Int, _ database: ScratchDatabase) async throws -> Bool {
            let plan = plan(number)
            FailingFileSystem.set(plan)
            defer { FailingFileSystem.set(.never) }
            var answers = Answers()
            do {
                let store = try await SQLiteStore.open(
                    path: database.place, options: Self.options, now: Backend.systemClock)
                answers = await Self.work(on: store)
                await store.close()
            } catch {}
            let didFail = FailingFileSystem.state.withLock { $0.failures } > 0
            body(plan, answers, didFail)
            FailingFileSystem.set(.never)
            try await Self.check(database, answers, "\(plan)")
            tried += 1
            return didFail
        }
        var number = 1
        while try await Backend.sqlite.withMigratedDatabase({ try await attempt(number, $0) }) { number += 1 }
        number = 1
        while try await Backend.sqlite.withDatabase(inMemory: true, { try await attempt(number, $0) }) {
            number += isThorough ? 1 : 10
        }
        return tried
    }

    @Test func `one failed write or fsync, wherever it falls, loses nothing acknowledged`() async throws {
        FailingFileSystem.register()
        var repaired = 0
        let tried = try await Self.everywhere(FailingFileSystem.Plan.once(after:)) { plan, answers, didFail in
            // Alone it gets the fault; in company everybody is tried again.
            #expect(answers.faults.count <= 1, "\(plan)")
            if didFail, answers.acknowledged.count == 40 { repaired += 1 }
        }
        #expect(tried > 40 && repaired > 0)
    }

    @Test func `a disk that fails for good at any moment keeps what was acknowledged`() async throws {
        FailingFileSystem.register()
        let tried = try await Self.everywhere(FailingFileSystem.Plan.forEver(after:)) { plan, answers, _ in
            for fault in answers.faults.values {
                guard case .inputOutput = fault else {
                    Issue.record("\(plan): \(fault)")
                    continue
                }
            }
        }
        #expect(tried > 40)
    }

    @Test func `a disk that recovers is used again`() async throws {
        FailingFileSystem.register()
        try await Backend.sqlite.withDatabase { database in
            defer { FailingFileSystem.set(.never) }
            let store = try await SQLiteStore.open(
                path: database.place, options: Self.options, now: Backend.systemClock)
            FailingFileSystem.set(.forEver(after: 1))
            let during = await Self.work(on: store)
            #expect(during.acknowledged.isEmpty && during.faults.count == 40)
            FailingFileSystem.set(.never)
            let after = await Self.work(on: store)
            #expect(after.acknowledged.count == 40)
            await store.close()
            try await Self.check(database, after, "recovered")
        }
    }

    @Test func `in a full database the one too large fails and its neighbours do not`() async throws {
        try await Backend.sqlite.withDatabase { database in
            let store = try await SQLiteStore.open(
                path: database.place, options: SQLiteStore.Options(maximumPages: 200), now: Backend.systemClock)
            let gate = Gate()
            let outcomes = await withTaskGroup(of: (Int, StoreFault?).self) { group in
                group.addTask {
                    try? await store.transaction { (_) throws(StoreFault) in gate.wait() }
                    return (-1, nil)
                }
                while !gate.isReached { await Task.yield() }
                for number in 0..<40 {
                    let size = number == 20 ? 2_000_000 : 100
                    group.addTask {
                        do throws(StoreFault) {
                            try await store.transaction { (tx) throws(StoreFault) in
                                try tx.setSetting("n\(number)", to: Array(repeating: 7, count: size))
                            }
                            return (number, nil)
                        } catch {
                            return (number, error)
                        }
                    }
                }
                // So that they share one commit.
                while store.waitingCount < 40 { await Task.yield() }
                gate.open()
                return await group.reduce(into: [:]) { $0[$1.0] = .some($1.1) }
            }
            let values = try await store.read { (tx) throws(StoreFault) in
                var values: [Int?] = []
                for number in 0..<40 { values.append(try tx.setting("n\(number)")?.count) }
                return values
            }
            for number in 0..<40 where number != 20 {
                #expect(outcomes[number] == .some(nil) && values[number] == 100)
            }
            guard case .full? = outcomes[20] ?? nil else {
                Issue.record("\(String(describing: outcomes[20]))")
                return
            }
            #expect(values[20] == nil)
            await store.close()
        }
    }

    @Test func `filling the disk to the brim loses nothing acknowledged, and reading goes on`() async throws {
        try await Backend.sqlite.withDatabase { database in
            let store = try await SQLiteStore.open(
                path: database.place, options: SQLiteStore.Options(maximumPages: 124, checkpointPages: 8),
                now: Backend.systemClock)
            let answers = await Self.work(on: store)
            #expect(!answers.acknowledged.isEmpty && !answers.faults.isEmpty)
            for fault in answers.faults.values {
                guard case .full = fault else {
                    Issue.record("\(fault)")
                    continue
                }
            }
            await store.close()
            try await Self.check(database, answers, "brim")
        }
    }
}

/// Holds the writer inside a body until the test says so.
final class Gate: Sendable {
    private let reached = Atomic<Bool>(false)
    private let opened = Atomic<Bool>(false)

    var isReached: Bool { reached.load(ordering: .acquiring) }

    func wait() {
        reached.store(true, ordering: .releasing)
        while !opened.load(ordering: .acquiring) { sleepBriefly() }
    }

    func open() { opened.store(true, ordering: .releasing) }
}

/// Counts from several threads.
final class Tally: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .relaxed) }
    func add() -> Int { value.add(1, ordering: .relaxed).newValue }
}
