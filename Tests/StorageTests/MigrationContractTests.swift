import Domain
import Storage
import StorageSQL
import TestSupport
import Testing

@testable import StoragePostgres
@testable import StorageSQLite

@Suite("Store contract: migrations")
struct MigrationContractTests {
    @Test(arguments: Backend.available)
    func `opening again finds the same schema and the same data`(_ backend: Backend) async throws {
        try await backend.withDatabase { database in
            for round: UInt8 in 0..<3 {
                let store = try await database.open()
                let (version, value) = try await store.transaction { (tx) throws(StoreFault) in
                    let value = try tx.setting("x")
                    try tx.setSetting("x", to: [round])
                    return (try tx.schemaVersion(), value)
                }
                #expect(version == Migrator().newestVersion)
                #expect(value == (round == 0 ? nil : [round - 1]))
                await store.close()
            }
        }
    }

    @Test(arguments: Backend.available)
    func `nodes that start together migrate an empty database once`(_ backend: Backend) async throws {
        try await backend.withDatabase { database in
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 { group.addTask { try await database.migrate() } }
                try await group.waitForAll()
            }
            let store = try await database.open()
            let version = try await store.look { tx in try tx.schemaVersion() }
            #expect(version == Migrator().newestVersion)
            await store.close()
        }
    }

    @Test(arguments: Backend.available)
    func `a newer database that still takes this program is used as it is`(_ backend: Backend) async throws {
        try await backend.withDatabase { database in
            try await database.pretendToBeNewer(oldestProgram: Migrator().newestVersion)
            let store = try await database.open()
            #expect(try await store.look { tx in try tx.schemaVersion() } == 99)
            await store.close()
        }
    }

    @Test(arguments: Backend.available)
    func `a database too new for the program is refused with one sentence`(_ backend: Backend) async throws {
        try await backend.withDatabase { database in
            try await database.pretendToBeNewer(oldestProgram: Migrator().newestVersion + 1)
            let known = Migrator().newestVersion
            await #expect(
                throws: StoreFault.unavailable(
                    "its schema is version 99, this program knows only \(known): start a newer aldrava")
            ) { _ = try await database.open() }
        }
    }
}

extension ScratchDatabase {
    /// What a node does at its start; several may on one file too, which a store itself would refuse.
    fileprivate func migrate() async throws {
        switch backend {
        case .sqlite: try SQLiteStore.migrate(connection())
        case .postgres: await (try await open()).close()
        }
    }

    /// Does what a migration of the future would: its row, and what it says about older programs.
    fileprivate func pretendToBeNewer(oldestProgram: Int64) async throws {
        let store = try await open()
        try await store.transaction { (tx) throws(StoreFault) in
            try tx.setSetting("schema_oldest_program", to: Array(String(oldestProgram).utf8))
        }
        await store.close()
        let sql: StaticString = "INSERT INTO migrations (number, name, applied_at) VALUES (99, 'from the future', 0)"
        switch backend {
        case .sqlite: _ = try connection().execute(sql, [])
        case .postgres:
            let pool = try ConnectionPool.scratch(Secret(utf8: place))
            try await pool.execute(sql)
            await pool.close()
        }
    }

    private func connection() throws -> SQLiteConnection {
        try SQLiteConnection(
            path: place, role: .writer, options: SQLiteStore.Options(), clock: Backend.systemClock)
    }
}
