import Concurrency
import Domain
import Flows
import Glibc
import Standards
import TestSupport
import Testing

@testable import App

@Suite("Older files of the logs") struct RotationTests {
    /// A folder with logs, a clock to turn, and whatever was reported.
    private final class Shelf: Sendable {
        let folder: String
        let clock = ManualClock(Timestamp(iso8601: "2026-11-21T12:00:00.000Z") ?? Timestamp(milliseconds: 0))
        let reports = World.Reports()

        init() throws {
            var pattern = Array("/tmp/aldrava-logs-XXXXXX".utf8CString)
            let made = unsafe pattern.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) != nil }
            try #require(made)
            folder = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        deinit { _ = unsafe system("rm -rf '\(folder)'") }

        func archive(maxBytes: Int = 100, days: Int64 = 30) -> LogArchive {
            LogArchive(
                folder: folder, logs: ["logline.jsonl", "a.jsonl"],
                rotation: LogRotation(maxBytes: maxBytes, retention: .seconds(days * 86_400)),
                now: { [clock] in clock.now }, report: { [reports] in reports.append($0) })
        }

        var names: [String] { archive().names().filter { !$0.hasPrefix(".") } }

        func shell(_ command: String) -> String {
            guard let pipe = unsafe popen("cd '\(folder)' && \(command)", "r") else { return "" }
            defer { unsafe pclose(pipe) }
            var text = ""
            var part = [CChar](repeating: 0, count: 65_536)
            while unsafe fgets(&part, Int32(part.count), pipe) != nil {
                text += String(decoding: part.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
            return text
        }
    }

    struct Due: Sendable {
        let size: Int
        let written: String
        let now: String
        let isDue: Bool
    }
    static let cases = [
        Due(size: 99, written: "2026-11-21T00:00:00.000Z", now: "2026-11-21T23:59:59.999Z", isDue: false),
        Due(size: 100, written: "2026-11-21T00:00:00.000Z", now: "2026-11-21T00:00:00.000Z", isDue: true),
        Due(size: 1, written: "2026-11-21T23:59:59.999Z", now: "2026-11-22T00:00:00.000Z", isDue: true),
        Due(size: 0, written: "2026-11-21T23:59:59.999Z", now: "2026-11-22T00:00:00.000Z", isDue: false),
        Due(size: 1, written: "2026-11-22T00:00:00.000Z", now: "2026-11-21T23:59:59.999Z", isDue: false),
    ]
    @Test(arguments: cases) func `a file is full at its size, and with the day`(_ row: Due) throws {
        let written = try #require(Timestamp(iso8601: row.written))
        let now = try #require(Timestamp(iso8601: row.now))
        let rule = LogRotation(maxBytes: 100, retention: .seconds(1))
        #expect(rule.isDue(size: row.size, written: written, now: now) == row.isDue)
        let never = LogRotation(maxBytes: 0, retention: .seconds(1))
        #expect(!never.isDue(size: row.size, written: written, now: now))
    }

    @Test func `a name says when, and other files have none`() throws {
        let time = try #require(Timestamp(iso8601: "2026-11-21T07:05:09.250Z"))
        let name = LogRotation.name(of: "a.jsonl", at: time)
        #expect(name == "a.jsonl.20261121T070509.250Z")
        #expect(LogRotation.time(of: name, log: "a.jsonl")?.time == time)
        #expect(LogRotation.time(of: name, log: "a.jsonl")?.isCompressed == false)
        #expect(LogRotation.time(of: name + ".gz", log: "a.jsonl")?.isCompressed == true)
        for other in [
            "a.jsonl", "a.jsonl.1", "a.jsonl.gz", "a.jsonl.20261121", name + ".gz.part", name + "x", "b" + name,
            "a.jsonl.20261321T070509.250Z", "a.jsonl.places",
        ] {
            #expect(LogRotation.time(of: other, log: "a.jsonl") == nil, "\(other)")
        }
    }

    @Test func `a full file is compressed whole, and lines go on in a new one`() throws {
        let shelf = try Shelf()
        let archive = shelf.archive()
        let file = try LineFile("\(shelf.folder)/a.jsonl")
        let lines = (0..<50_000).map { "{\"number\":\($0)}\n" }.joined()
        try file.append(Array(lines.utf8), at: shelf.clock.now)
        #expect(file.isDue(archive.rotation, at: shelf.clock.now))
        let path = archive.path(for: "a.jsonl")
        try file.rotate(to: path)
        #expect(archive.path(for: "a.jsonl") != path, "no older file is written over")
        try file.append(Array("{}\n".utf8), at: shelf.clock.now)
        archive.settle()
        #expect(shelf.names == ["a.jsonl", "a.jsonl.20261121T120000.000Z.gz"])
        #expect(shelf.shell("cat a.jsonl") == "{}\n")
        #expect(shelf.shell("zcat a.jsonl.*.gz") == lines)
        #expect(shelf.shell("gzip -t a.jsonl.*.gz && stat -c %a a.jsonl*") == "600\n600\n")
        #expect(archive.path(for: "a.jsonl") != path, "nor is a compressed one")
    }

    @Test func `what a killed server left is done again, and what is too old goes`() throws {
        let shelf = try Shelf()
        _ = shelf.shell(
            """
            echo whole > a.jsonl.20261121T110000.000Z; echo half > a.jsonl.20261121T110000.000Z.gz.part;
            echo old | gzip > a.jsonl.20261022T115959.999Z.gz; echo kept | gzip > a.jsonl.20261022T120000.000Z.gz;
            echo old > logline.jsonl.20260101T000000.000Z; echo mine > a.jsonl.1; echo mine > a.jsonl.old.gz;
            echo mine > b.jsonl.20200101T000000.000Z
            """)
        shelf.archive().settle()
        #expect(
            shelf.names == [
                "a.jsonl.1", "a.jsonl.20261022T120000.000Z.gz", "a.jsonl.20261121T110000.000Z.gz", "a.jsonl.old.gz",
                "b.jsonl.20200101T000000.000Z",
            ])
        #expect(shelf.shell("zcat a.jsonl.20261121*.gz") == "whole\n")
    }

    @Test func `a file that was moved away is begun again, and one that was not goes on`() throws {
        let shelf = try Shelf()
        let file = try LineFile("\(shelf.folder)/a.jsonl")
        try file.append(Array("1\n".utf8), at: shelf.clock.now)
        #expect(try !file.reopen())
        _ = shelf.shell("mv a.jsonl a.jsonl.1")
        try file.append(Array("2\n".utf8), at: shelf.clock.now)
        #expect(try file.reopen())
        try file.append(Array("3\n".utf8), at: shelf.clock.now)
        #expect(shelf.shell("cat a.jsonl.1") == "1\n2\n")
        #expect(shelf.shell("cat a.jsonl") == "3\n")
        _ = shelf.shell("mv a.jsonl a.jsonl.2; echo foreign > a.jsonl")
        try file.rotate(to: "\(shelf.folder)/never")
        #expect(shelf.shell("cat a.jsonl") == "foreign\n", "a file of somebody else's is not moved")
        #expect(!shelf.names.contains("never"))
    }

    // MARK: The audit

    private func openAudit(_ shelf: Shelf, _ world: World, maxBytes: Int, _ pool: ThreadPool) async throws -> AuditLog {
        let capabilities = Capabilities(
            now: { shelf.clock.now }, monotonic: { 0 }, random: { [UInt8](repeating: 0, count: $0) },
            pause: { (_: Duration) throws(CancellationError) in throw CancellationError() },
            report: { shelf.reports.append($0) })
        return try await AuditLog.open(
            path: "\(shelf.folder)/logline.jsonl", archive: shelf.archive(maxBytes: maxBytes), pool: pool,
            readLog: world.useCases.readLog, commits: Wakeup(), capabilities: capabilities)
    }

    /// Every event in every file, oldest first.
    private func events(_ shelf: Shelf) throws -> [String] {
        let text = shelf.shell("for f in logline.jsonl.2*; do zcat -f $f; done; cat logline.jsonl")
        return try text.utf8.split(separator: 0x0A).compactMap { try JSON.parse(Array($0))["this"]?["event"]?.string }
    }

    private func withAudit(
        _ backend: Backend, _ body: (Shelf, World, ThreadPool) async throws -> Void
    ) async throws {
        try await backend.withStore(now: Backend.systemClock) { store in
            let world = try await World.open(store, clock: ManualClock(Backend.systemClock()))
            let pool = ThreadPool(name: "log", threads: 1)
            try await body(try Shelf(), world, pool)
            pool.shutDown()
        }
    }

    /// Whether the files come to hold each event once, in order: that of the realm's role, and two for each who signed
    /// up. PostgreSQL shows an event when no older transaction of the whole server runs any more.
    private func settles(_ shelf: Shelf, _ world: World, _ log: AuditLog, users: Int) async throws -> Bool {
        for _ in 0..<1_000 {
            #expect(await log.catchUp())
            // Compressing takes files away while they are read.
            log.archive.stop()
            let wanted = try await world.useCases.readLog(after: nil, limit: 1_000).map(\.line.id.text)
            if wanted.count == 1 + 2 * users, try events(shelf) == wanted { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    @Test(arguments: Backend.available)
    func `over every rotation each event is in one file, once`(_ backend: Backend) async throws {
        try await withAudit(backend) { shelf, world, pool in
            for round in 0..<6 {
                // A new start each time, as after a kill right behind the rotation before.
                let log = try await openAudit(shelf, world, maxBytes: 1, pool)
                _ = try await world.signUp("user\(round)")
                #expect(try await settles(shelf, world, log, users: round + 1))
                shelf.clock.advance(by: .seconds(1))
            }
            #expect(shelf.names.count > 4)
        }
    }

    /// Every state that a kill can leave between two steps of a rotation.
    @Test(
        arguments: [
            "true", "mv logline.jsonl logline.jsonl.20261121T120001.000Z",
            "mv logline.jsonl logline.jsonl.20261121T120001.000Z; : > logline.jsonl",
            "mv logline.jsonl logline.jsonl.20261121T120001.000Z; printf '{\"half' > logline.jsonl",
        ], Backend.available)
    func `a kill within a rotation loses nothing and doubles nothing`(_ leave: String, _ backend: Backend) async throws
    {
        try await withAudit(backend) { shelf, world, pool in
            let log = try await openAudit(shelf, world, maxBytes: 0, pool)
            _ = try await world.signUp("maria")
            #expect(try await settles(shelf, world, log, users: 1))
            let last = try #require(log.place.withLock { $0 })
            _ = shelf.shell("echo \(last.event.text) >> logline.jsonl.places; \(leave)")
            _ = try await world.signUp("nina")
            let next = try await openAudit(shelf, world, maxBytes: 0, pool)
            #expect(try await settles(shelf, world, next, users: 2))
        }
    }

    @Test(arguments: Backend.available)
    func `a rotation says where to go on, also when only compressed files are left`(_ backend: Backend) async throws {
        try await withAudit(backend) { shelf, world, pool in
            let log = try await openAudit(shelf, world, maxBytes: 1, pool)
            _ = try await world.signUp("maria")
            #expect(try await settles(shelf, world, log, users: 1))
            shelf.clock.advance(by: .seconds(1))
            _ = try await world.signUp("nina")
            #expect(try await settles(shelf, world, log, users: 2))
            // Where the machine has no descriptor left in this moment, a server too tries again with the next rotation.
            for _ in 0..<100 where !shelf.names.contains(where: { $0.hasSuffix(".gz") }) {
                shelf.archive(maxBytes: 1).settle()
                try await Task.sleep(for: .milliseconds(20))
            }
            let reported = shelf.reports.all.map { "\($0)" }
            #expect(shelf.names.contains { $0.hasSuffix(".gz") }, "\(shelf.names) \(reported)")
            _ = shelf.shell("rm logline.jsonl; gzip -q logline.jsonl.2*Z")
            let next = try await openAudit(shelf, world, maxBytes: 0, pool)
            #expect(try await settles(shelf, world, next, users: 2))
        }
    }

    @Test(arguments: Backend.available)
    func `a file moved away by another program is found, told or not`(_ backend: Backend) async throws {
        try await withAudit(backend) { shelf, world, pool in
            let log = try await openAudit(shelf, world, maxBytes: 0, pool)
            _ = try await world.signUp("maria")
            #expect(try await settles(shelf, world, log, users: 1))
            // Told, as by SIGHUP.
            _ = shelf.shell("mv logline.jsonl logline.jsonl.2")
            try await log.reopen(at: shelf.clock.now)
            _ = try await world.signUp("nina")
            #expect(try await settles(shelf, world, log, users: 2))
            // Not told: killed before.
            _ = shelf.shell("mv logline.jsonl logline.jsonl.2b")
            _ = try await world.signUp("olga")
            let next = try await openAudit(shelf, world, maxBytes: 0, pool)
            #expect(try await settles(shelf, world, next, users: 3))
            // The present file is a view that can be made again, the older ones are not touched.
            let present = shelf.shell("cat logline.jsonl")
            _ = shelf.shell("rm logline.jsonl")
            let again = try await openAudit(shelf, world, maxBytes: 0, pool)
            #expect(await again.catchUp())
            #expect(shelf.shell("cat logline.jsonl") == present)
        }
    }

    @Test func `how far the file is behind is counted`() async throws {
        try await withAudit(.sqlite) { shelf, world, pool in
            let log = try await openAudit(shelf, world, maxBytes: 0, pool)
            #expect(await log.catchUp())
            #expect(await log.statistics().pending == 0)
            #expect(await log.statistics().behind == .zero)
            _ = try await world.signUp("maria")
            #expect((1...5).contains(await log.statistics().pending ?? 0))
            #expect(await log.statistics().behind > .zero)
            #expect(await log.catchUp())
            #expect(await log.statistics().pending == 0)
            #expect(await log.statistics().written >= 2)
        }
    }
}
