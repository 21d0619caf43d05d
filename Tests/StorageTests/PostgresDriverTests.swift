import Domain
import Storage
import StorageSQL
import Synchronization
import Testing

@testable import StoragePostgres

@Suite("PostgreSQL driver", .enabled(if: PostgresScratch.isAvailable))
struct PostgresDriverTests {
    @Test(arguments: [
        SQLValue.null, .integer(0), .integer(.max), .integer(.min), .integer(-1), .integer(1 << 32),
        .text(""), .text("e\u{301} é \u{1F9D1}\u{200D}\u{1F680} \u{10FFFF} \r\n ' \" \\ %"),
        .blob([]), .blob([0]), .blob(Array(0...255) + [0, 0]),
    ])
    func `a value comes back as it was sent`(_ value: SQLValue) async throws {
        let connection = try PostgresScratch.connect(try #require(PostgresScratch.server))
        let type: StaticString =
            switch value {
            case .null, .integer: "SELECT CAST($1 AS BIGINT)"
            case .text: "SELECT $1 || ''"
            case .blob, .id, .list: "SELECT $1 || decode('', 'hex')"
            }
        let rows = try connection.run(type, value)
        try #require(rows.count == 1)
        // Swift compares texts by canonical equivalence, a database by bytes.
        if case .text(let sent) = value, case .text(let received) = rows[0] {
            #expect(Array(sent.utf8) == Array(received.utf8))
        } else {
            #expect(rows[0] == value)
        }
    }

    @Test func `a value that fills many buffers of the connection comes back whole`() throws {
        let connection = try PostgresScratch.connect(try #require(PostgresScratch.server))
        let blob = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let isSame = try connection.run("SELECT $1", .blob(blob)) == [.blob(blob)]
        #expect(isSame)
    }

    @Test func `what a body threw undoes everything it did`() async throws {
        let pool = try ConnectionPool.scratch()
        try await pool.execute("CREATE TABLE t (n BIGINT)")
        await #expect(throws: StoreFault.damaged("by choice")) {
            try await pool.transaction { (attempt) throws(StoreFault) in
                _ = try attempt.run("INSERT INTO t VALUES (1)", [])
                throw .damaged("by choice")
            }
        }
        #expect(try await pool.values("SELECT count(*) FROM t") == [.integer(0)])
        await pool.close()
    }

    @Test func `a body that goes on after an error commits nothing`() async throws {
        let pool = try ConnectionPool.scratch()
        try await pool.execute("CREATE TABLE t (n BIGINT CONSTRAINT only_one UNIQUE)")
        await #expect(throws: StoreFault.constraint("only_one")) {
            try await pool.transaction { (attempt) throws(StoreFault) in
                _ = try attempt.run("INSERT INTO t VALUES (1)", [])
                _ = try? attempt.run("INSERT INTO t VALUES (1)", [])
            }
        }
        #expect(try await pool.values("SELECT count(*) FROM t") == [.integer(0)])
        await pool.close()
    }

    @Test func `a constraint that refuses at COMMIT is a fault`() async throws {
        let pool = try ConnectionPool.scratch()
        try await pool.execute("CREATE TABLE t (n BIGINT CONSTRAINT late UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        await #expect(throws: StoreFault.constraint("late")) {
            try await pool.transaction { (attempt) throws(StoreFault) in
                _ = try attempt.run("INSERT INTO t VALUES (1), (1)", [])
            }
        }
        await pool.close()
    }

    @Test func `a read sees one moment, and cannot write`() async throws {
        let pool = try ConnectionPool.scratch()
        let other = try PostgresScratch.connect(try #require(PostgresScratch.server))
        try await pool.execute("CREATE TABLE t (n BIGINT)")
        let schema = try await pool.values("SELECT current_schema()")[0]
        let counts = try await pool.transaction(.snapshot) { (attempt) throws(StoreFault) in
            let before = try attempt.run("SELECT count(*) FROM t", []).values[0]
            do {
                try other.run("SELECT set_config('search_path', $1, false)", schema)
                try other.run("INSERT INTO t VALUES (1)")
            } catch { throw .unexpected("\(error)") }
            return [before, try attempt.run("SELECT count(*) FROM t", []).values[0]]
        }
        #expect(counts == [.integer(0), .integer(0)])
        #expect(try await pool.values("SELECT count(*) FROM t") == [.integer(1)])
        await #expect(throws: StoreFault.self) {
            try await pool.transaction(.snapshot) { (attempt) throws(StoreFault) in
                _ = try attempt.run("INSERT INTO t VALUES (2)", [])
            }
        }
        #expect(try await pool.values("SELECT count(*) FROM t") == [.integer(1)])
        await pool.close()
    }

    @Test func `of two transactions in a deadlock both succeed, one at a later run`() async throws {
        let pool = try ConnectionPool.scratch()
        try await pool.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, n BIGINT)")
        try await pool.execute("INSERT INTO t VALUES (1, 0), (2, 0)")
        let meeting = Meeting()
        async let first: Void = pool.transaction { (attempt) throws(StoreFault) in
            try meeting.lock([1, 2], attempt)
        }
        async let second: Void = pool.transaction { (attempt) throws(StoreFault) in
            try meeting.lock([2, 1], attempt)
        }
        _ = try await (first, second)
        let runs = meeting.runs.load(ordering: .sequentiallyConsistent)
        #expect(runs >= 3)
        #expect(try await pool.values("SELECT sum(n)::bigint FROM t") == [.integer(4)])
        await pool.close()
    }

    /// Two transactions that both hold one row before either asks for the other's.
    private final class Meeting: Sendable {
        let runs = Atomic<Int>(0)

        func lock(_ rows: [Int64], _ attempt: Attempt) throws(StoreFault) {
            _ = try attempt.run("UPDATE t SET n = n + 1 WHERE id = $1", [.integer(rows[0])])
            runs.add(1, ordering: .sequentiallyConsistent)
            while runs.load(ordering: .sequentiallyConsistent) < 2 { sleepBriefly() }
            _ = try attempt.run("UPDATE t SET n = n + 1 WHERE id = $1", [.integer(rows[1])])
        }
    }

    @Test func `a transaction whose connection was lost before COMMIT runs again`() async throws {
        let pool = try ConnectionPool.scratch()
        try await pool.execute("CREATE TABLE t (n BIGINT)")
        let runs = Atomic<Int>(0)
        try await pool.transaction { (attempt) throws(StoreFault) in
            let run = runs.add(1, ordering: .relaxed).newValue
            _ = try attempt.run("INSERT INTO t VALUES ($1)", [.integer(Int64(run))])
            if run == 1 { try terminate(attempt) }
            _ = try attempt.run("INSERT INTO t VALUES ($1)", [.integer(Int64(run))])
        }
        #expect(try await pool.values("SELECT n FROM t") == [.integer(2), .integer(2)])
        await pool.close()
    }

    @Test func `a connection that is lost again and again is a fault`() async throws {
        let pool = try ConnectionPool.scratch()
        let runs = Atomic<Int>(0)
        await #expect {
            try await pool.transaction { (attempt) throws(StoreFault) in
                runs.add(1, ordering: .relaxed)
                try terminate(attempt)
                _ = try attempt.run("SELECT 1", [])
            }
        } throws: { error in
            if case StoreFault.unavailable = error { true } else { false }
        }
        let count = runs.load(ordering: .relaxed)
        #expect(count == 2)
        await pool.close()
    }

    @Test func `a connection that is lost during COMMIT is a fault, and nothing runs twice`() async throws {
        let pool = try ConnectionPool.scratch()
        try await pool.execute("CREATE TABLE t (n BIGINT)")
        try await pool.execute(
            """
            CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(20); RETURN NULL; END'
            """)
        try await pool.execute(
            """
            CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION dawdle()
            """)
        let runs = Atomic<Int>(0)
        let process = Atomic<Int>(0)
        async let commit: Void = pool.transaction { (attempt) throws(StoreFault) in
            runs.add(1, ordering: .relaxed)
            let rows = try attempt.run("INSERT INTO t VALUES (1) RETURNING pg_backend_pid()", []).values
            if case .integer(let number) = rows[0] { process.store(Int(number), ordering: .relaxed) }
        }
        let killer = try PostgresScratch.connect(try #require(PostgresScratch.server))
        while true {
            let number = SQLValue.integer(Int64(process.load(ordering: .relaxed)))
            let isCommitting = try killer.run(
                "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND query = 'COMMIT' AND state = 'active'", number)
            if !isCommitting.isEmpty {
                try killer.run("SELECT pg_terminate_backend(CAST($1 AS INT))", number)
                break
            }
            sleepBriefly()
        }
        do {
            try await commit
            Issue.record("the transaction claims to have lasted")
        } catch {
            #expect("\(error)".contains("its outcome is unknown"))
        }
        let count = runs.load(ordering: .relaxed)
        #expect(count == 1)
        #expect(try await pool.values("SELECT count(*) FROM t") == [.integer(0)])
        await pool.close()
    }

    @Test func `closing waits for what runs, and refuses what comes later`() async throws {
        let pool = try ConnectionPool.scratch()
        let hasBegun = Atomic<Bool>(false)
        let hasEnded = Atomic<Bool>(false)
        async let slow: Void = pool.transaction { (attempt) throws(StoreFault) in
            hasBegun.store(true, ordering: .sequentiallyConsistent)
            _ = try attempt.run("SELECT pg_sleep(0.3)", [])
            hasEnded.store(true, ordering: .sequentiallyConsistent)
        }
        while !hasBegun.load(ordering: .sequentiallyConsistent) { try await Task.sleep(for: .milliseconds(5)) }
        await pool.close()
        let waited = hasEnded.load(ordering: .sequentiallyConsistent)
        #expect(waited)
        try await slow
        await #expect(throws: StoreFault.closed) { try await pool.execute("SELECT 1") }
    }

    /// Ends the server's process behind the attempt's connection.
    private func terminate(_ attempt: Attempt) throws(StoreFault) {
        let process = try attempt.run("SELECT pg_backend_pid()", []).values[0]
        do {
            let killer = try PostgresScratch.connect(try #require(PostgresScratch.server))
            try killer.run("SELECT pg_terminate_backend(CAST($1 AS INT), 5000)", process)
        } catch { throw .unexpected("\(error)") }
    }
}
