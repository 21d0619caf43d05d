import Domain
import Storage
import StorageSQL
import Synchronization
import Testing

@testable import StoragePostgres

@Suite("PostgreSQL outages", .enabled(if: PostgresScratch.isAvailable))
struct PostgresOutageTests {
    @Test func `work goes on after the server was restarted, killed, and away`() async throws {
        let server = try PostgresServer()
        let pool = try ConnectionPool.scratch(PostgresScratch.schema(on: server.url))
        try await pool.execute("CREATE TABLE t (n BIGINT)")
        try await fill(pool)

        try server.obey(.restart)
        try await fill(pool)

        try server.obey(.kill)
        let began = ContinuousClock.now
        await #expect {
            try await pool.execute("SELECT 1")
        } throws: { error in
            if case StoreFault.unavailable = error { true } else { false }
        }
        #expect(ContinuousClock.now - began < .seconds(10))
        try server.obey(.start)
        try await fill(pool)

        let runs = Atomic<Int>(0)
        try await pool.transaction { (attempt) throws(StoreFault) in
            let run = runs.add(1, ordering: .relaxed).newValue
            _ = try attempt.run("INSERT INTO t VALUES (0)", [])
            guard run == 1 else { return }
            do { try server.obey(.restart) } catch { throw .unexpected("\(error)") }
            _ = try attempt.run("INSERT INTO t VALUES (0)", [])
        }
        #expect(try await pool.values("SELECT count(*) FROM t") == [.integer(25)])
        await pool.close()
    }

    @Test func `a server that stops answering is given up`() async throws {
        let connection = try PostgresScratch.connect(try #require(PostgresScratch.server))
        let began = ContinuousClock.now
        #expect(throws: Failure.self) {
            try connection.exchange([.init(text: "SELECT pg_sleep(30)", values: [])], until: .now + .milliseconds(200))
        }
        #expect(!connection.isUsable)
        #expect(ContinuousClock.now - began < .seconds(5))
    }

    /// Uses every connection of the pool, so that each is found lost once.
    private func fill(_ pool: ConnectionPool) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await pool.transaction { (attempt) throws(StoreFault) in
                        _ = try attempt.run("INSERT INTO t VALUES ($1)", [.integer(Int64(number))])
                        _ = try attempt.run("SELECT pg_sleep(0.02)", [])
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
