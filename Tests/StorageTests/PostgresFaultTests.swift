import Domain
import Storage
import StorageSQL
import Synchronization
import Testing

@testable import StoragePostgres

@Suite("PostgreSQL faults")
struct PostgresFaultTests {
    @Test(arguments: [
        ("53100", StoreFault.full("why (53100)"), Failure.Consequence.rolledBack),
        ("23505", .constraint("users_key"), .rolledBack),
        ("40001", .busy("why (40001)"), .conflict),
        ("40P01", .busy("why (40P01)"), .conflict),
        ("57014", .busy("why (57014)"), .rolledBack),
        ("57P01", .unavailable("why (57P01)"), .disconnected),
        ("57P03", .unavailable("why (57P03)"), .disconnected),
        ("0A000", .unavailable("the server is a standby (0A000)"), .disconnected),
        ("25006", .unavailable("why (25006)"), .disconnected),
        ("25P03", .busy("why (25P03)"), .disconnected),
        ("08006", .unavailable("why (08006)"), .disconnected),
        ("53300", .unavailable("why (53300)"), .disconnected),
        ("53200", .unavailable("why (53200)"), .rolledBack),
        ("58030", .inputOutput("why (58030)"), .rolledBack),
        ("XX001", .damaged("SQLSTATE XX001"), .rolledBack),
        ("42P01", .unexpected("why (42P01)"), .rolledBack),
        ("22P02", .unexpected("SQLSTATE 22P02"), .rolledBack),
    ])
    func `each SQLSTATE has its meaning`(_ state: String, _ fault: StoreFault, _ consequence: Failure.Consequence) {
        let failure = Failure(state: state, message: "why", constraint: "users_key")
        #expect(failure.fault == fault)
        #expect(failure.consequence == consequence)
    }

    @Test(arguments: [
        "postgres://user:hunter2/x@127.0.0.1:5432/postgres", "postgres://user:hunter2@x@127.0.0.1/postgres",
        "postgres://user:12/hunter2@127.0.0.1/postgres", "postgres://user:hunter2%zz@127.0.0.1/postgres",
        "postgres://user:hunter2@127.0.0.1/postgres?unknown=hunter2", "postgres://user:hunter2@[127.0.0.1/postgres",
        "postgres://user:hunter2@127.0.0.1:hunter2/postgres", "host=127.0.0.1 password=hunter2",
        "postgres://user:hunter2@127.0.0.1:1/postgres", "postgres://user:hunter2@nowhere.invalid/postgres",
        "postgres://user:hunter2@127.0.0.1:1/postgres?sslmode=hunter", "mysql://user:hunter2@127.0.0.1/postgres",
        "postgres:///tmp?host=/nowhere/hunter2@x", "",
    ])
    func `a database that cannot be reached is a fault that does not hold the password`(_ url: String) async throws {
        await #expect {
            _ = try await PostgresStore.open(url: Secret(utf8: url))
        } throws: { error in
            guard case StoreFault.unavailable(let detail) = error else { return false }
            return !detail.isEmpty && !detail.contains("hunter2")
        }
    }

    @Test(.enabled(if: PostgresScratch.isAvailable))
    func `a wrong password is a fault that does not hold it`() async throws {
        let url = try #require(PostgresScratch.server).replacing(/aldrava:[0-9a-f]+@/, with: "aldrava:hunter2@")
        await #expect {
            _ = try await PostgresStore.open(url: Secret(utf8: url))
        } throws: { error in
            guard case StoreFault.unavailable(let detail) = error else { return false }
            return detail.contains("password authentication failed") && !detail.contains("hunter2")
        }
    }

    @Test(.enabled(if: PostgresScratch.isAvailable))
    func `a database that cannot hold every text is refused`() async throws {
        let url = try PostgresScratch.database("TEMPLATE template0 ENCODING LATIN1 LOCALE_PROVIDER libc LOCALE 'C'")
        await #expect(throws: StoreFault.unavailable("the database's encoding is LATIN1; it must be UTF8")) {
            _ = try await PostgresStore.open(url: url)
        }
    }

    @Test(.enabled(if: PostgresScratch.isAvailable))
    func `whoever waits too long for a connection is refused`() async throws {
        let pool = ConnectionPool(
            url: try DatabaseURL(PostgresScratch.schema()), connections: 1, patience: .milliseconds(100))
        let hasBegun = Atomic<Bool>(false)
        let isAsking = Atomic<Bool>(false)
        async let slow: Void = pool.transaction { (_) throws(StoreFault) in
            hasBegun.store(true, ordering: .sequentiallyConsistent)
            while !isAsking.load(ordering: .sequentiallyConsistent) { sleepBriefly() }
            for _ in 0..<100 { sleepBriefly() }
        }
        while !hasBegun.load(ordering: .sequentiallyConsistent) { try await Task.sleep(for: .milliseconds(5)) }
        isAsking.store(true, ordering: .sequentiallyConsistent)
        await #expect(throws: StoreFault.busy("every connection was in use")) { try await pool.execute("SELECT 1") }
        try await slow
        try await pool.execute("SELECT 1")
        await pool.close()
    }

    @Test(.enabled(if: PostgresScratch.isAvailable))
    func `a fault does not hold the values of a row`() async throws {
        let pool = try ConnectionPool.scratch()
        try await pool.execute("CREATE TABLE t (name TEXT CONSTRAINT name_key UNIQUE CHECK (name <> 'no-values'))")
        try await pool.execute("INSERT INTO t VALUES ('no-values-please')")
        for statement: StaticString in [
            "INSERT INTO t VALUES ('no-values-please')", "INSERT INTO t VALUES ('no-values')",
            "SELECT CAST('no-values' AS BIGINT)", "SELECT CAST('no-values' AS UUID)",
        ] {
            await #expect {
                try await pool.execute(statement)
            } throws: { error in
                error is StoreFault && !"\(error)".contains("no-values")
            }
        }
        await pool.close()
    }
}
