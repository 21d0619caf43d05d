import Domain
import Glibc
import Storage
import StorageSQL
import Synchronization
import Testing

@testable import StoragePostgres

@Suite("PostgreSQL store", .enabled(if: PostgresScratch.isAvailable))
struct PostgresStoreTests {
    @Test func `nodes that start together on an empty database migrate it once`() async throws {
        let url = try PostgresScratch.schema()
        let stores = try await withThrowingTaskGroup(of: PostgresStore.self) { group in
            for _ in 0..<6 { group.addTask { try await PostgresStore.open(url: url, connections: 2) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(stores.count == 6)
        let pool = try ConnectionPool.scratch(url)
        let numbers = try await pool.values("SELECT number FROM migrations ORDER BY number")
        #expect(Set(numbers).count == numbers.count && numbers.last == .integer(Migrator().newestVersion))
        await pool.close()
        for store in stores { await store.close() }
    }

    @Test func `the room of everything that an erasure takes away is given back`() async throws {
        let url = try PostgresScratch.schema()
        let store = try await PostgresStore.open(url: url)
        _ = try await store.forgetDeleted()
        let pool = try ConnectionPool.scratch(url)
        let left = try await pool.values(
            """
            SELECT c.relname::text FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
            WHERE c.relkind = 'r' AND pg_stat_get_vacuum_count(c.oid) = 0 AND (
                c.relname IN ('users', 'subject_keys', 'account_tokens', 'mail', 'consents') OR EXISTS (
                    SELECT FROM pg_constraint k JOIN pg_class u ON u.oid = k.confrelid
                    WHERE k.conrelid = c.oid AND k.contype = 'f' AND u.relname = 'users'))
            """)
        #expect(left.isEmpty, "not in the list of `ConnectionPool.vacuum`: \(left)")
        await pool.close()
        await store.close()
    }

    @Test func `the clock is the database's`() async throws {
        let store = try await PostgresStore.open(url: PostgresScratch.schema())
        let exact = try await store.clockOffset { realTime(ahead: 0) }
        #expect(exact < .milliseconds(1_500) && exact > .milliseconds(-1_500))
        let late = try await store.clockOffset { realTime(ahead: -7_000) }
        #expect(late > .milliseconds(5_500) && late < .milliseconds(8_500))
        await store.close()

        let pool = try ConnectionPool.scratch()
        let (start, later, ages) = try await pool.transaction { (attempt) throws(StoreFault) in
            let start = attempt.now
            _ = try attempt.run("SELECT pg_sleep(0.05)", [])
            let ages = try attempt.query(
                "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint - $1",
                [.integer(start.milliseconds)]
            ) { row throws(StoreFault) in try row.integer(0) }
            return (start, attempt.now, ages)
        }
        #expect(start == later)
        #expect(ages.count == 1 && ages.allSatisfy { (45...2_000).contains($0) })
        await pool.close()
    }

    @Test func `a transaction's limits end with it`() async throws {
        let pool = try ConnectionPool.scratch(connections: 1)
        let limits: StaticString = """
            SELECT current_setting('statement_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')
                || ' ' || current_setting('transaction_isolation')
            """
        for (kind, expected) in [
            (TransactionKind.change, "10s 10s read committed"), (.snapshot, "10s 10s repeatable read"),
            (.migration, "0 0 read committed"), (.change, "10s 10s read committed"),
        ] {
            let values = try await pool.transaction(kind) { (attempt) throws(StoreFault) in
                try attempt.run(limits, []).values
            }
            #expect(values == [.text(expected)])
        }
        let connection = try #require(pool.takeIdle())
        #expect(try connection.run("SELECT current_setting('statement_timeout')") == [.text("0")])
        await pool.close()
    }

    @Test(.enabled(if: PostgresScratch.isPooled))
    func `many connections share few behind a pooler in transaction mode`() async throws {
        let url = try PostgresScratch.pooledDatabase()
        let store = try await PostgresStore.open(url: url)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    try await store.transaction { (tx) throws(StoreFault) in
                        try tx.setSetting("\(number)", to: Array("\(number)".utf8))
                        try tx.announce(.realm(.standard))
                    }
                    let value = try await store.read { (reader) throws(StoreFault) in try reader.setting("\(number)") }
                    #expect(value == Array("\(number)".utf8))
                }
            }
            try await group.waitForAll()
        }
        #expect(try await store.read { (reader) throws(StoreFault) in try reader.feedPosition() } == 40)
        await store.close()
        let pool = try ConnectionPool.scratch(url, connections: 8)
        try await pool.execute("CREATE TABLE t (n BIGINT)")
        let servers = try await withThrowingTaskGroup(of: [SQLValue].self) { group in
            for number in 0..<60 {
                group.addTask {
                    let isChange = number.isMultiple(of: 2)
                    return try await pool.transaction(isChange ? .change : .snapshot) { (attempt) throws(StoreFault) in
                        var processes: [SQLValue] = []
                        for _ in 0..<4 {
                            if isChange { _ = try attempt.execute("INSERT INTO t VALUES ($1)", [.integer(1)]) }
                            processes += try attempt.run("SELECT pg_backend_pid()", []).values
                        }
                        guard Set(processes).count == 1 else { throw .unexpected("a transaction changed its server") }
                        return processes
                    }
                }
            }
            return try await group.reduce(into: Set<SQLValue>()) { $0.formUnion($1) }
        }
        #expect((1...3).contains(servers.count))
        #expect(try await pool.values("SELECT count(*) FROM t") == [.integer(120)])
        await pool.close()
    }
}

/// This machine's clock, put forward.
private func realTime(ahead milliseconds: Int64) -> Timestamp {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000 + milliseconds)
}
