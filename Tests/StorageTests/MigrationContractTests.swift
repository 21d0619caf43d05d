import Domain
import Storage
import StorageSQL
import TestSupport
import Testing

@testable import StoragePostgres
@testable import StorageSQLite

@Suite("Store contract: migrations")
struct MigrationContractTests {
    @Test(arguments: Backend.contract)
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

    @Test(arguments: Backend.contract)
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

    @Test(arguments: Backend.contract)
    func `a newer database that still takes this program is used as it is`(_ backend: Backend) async throws {
        try await backend.withDatabase { database in
            try await database.pretendToBeNewer(oldestProgram: Migrator().newestVersion)
            let store = try await database.open()
            #expect(try await store.look { tx in try tx.schemaVersion() } == 99)
            await store.close()
        }
    }

    @Test(arguments: Backend.contract)
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

    @Test(arguments: Backend.contract)
    func `a database of version 3 keeps its sessions, which can have children from then on`(
        _ backend: Backend
    ) async throws {
        try await backend.withDatabase { database in
            let (user, id) = (Sample.id(User.self), Sample.id(Session.self))
            try await database.make(
                version: 3,
                with: [
                    (
                        """
                        INSERT INTO users (id, realm, username, username_key, email, email_key, is_active,
                            app_metadata, user_metadata, created_at, updated_at)
                        VALUES ($1, 'default', 'm', 'm', 'm@x', 'm@x', 1, '{}', '{}', 1, 1)
                        """, [.blob(user.bytes)]
                    ),
                    (
                        """
                        INSERT INTO sessions (id, realm, user_id, client, issued, created_at, last_activity_at,
                            idle_limit, absolute_end, amr, auth_time, level, address, user_agent)
                        VALUES ($1, 'default', $2, 'native', 4, 1, $3, 3600000, $3 + 3600000, 'pwd', 1, 1, '', '')
                        """,
                        [.blob(id.bytes), .blob(user.bytes), .integer(Backend.systemClock().milliseconds)]
                    ),
                ])
            let store = try await database.open()
            let found = try await store.look { tx in try tx.session(id, realm: .standard) }
            let session = try #require(found)
            #expect(session.parent == nil && session.issued == Counter(4))
            let child = try await store.addChild(of: session)
            let ended = try await store.transaction { (tx) throws(StoreFault) in try tx.end(id, reason: .logout) }
            #expect(ended == [id, child.id])
            await store.close()
            // A program of version 3 would end a parent and leave its children.
            await #expect(throws: StoreFault.self) { try await database.make(version: 3, with: []) }
        }
    }
}

extension ScratchDatabase {
    /// What a node does at its start; several may on one file too, which a store itself would refuse.
    fileprivate func migrate() async throws {
        switch backend {
        case .sqlite:
            // Without the lock of a store, which lets in only one: who else changes the file is waited for.
            for _ in 0..<120 {
                do throws(StoreFault) {
                    let connection = try connection()
                    return try connection.patiently { () throws(StoreFault) in try SQLiteStore.migrate(connection) }
                } catch {
                    guard case .busy = error else { throw error }
                }
            }
            throw StoreFault.busy("the file was never free")
        case .postgres, .pgbouncer: await (try await open()).close()
        }
    }

    /// Migrates as a program of that version does, and writes rows as it did.
    fileprivate func make(version: Int64, with rows: [(StaticString, [SQLValue])]) async throws {
        let migrator = Migrator(upTo: version)
        switch backend {
        case .sqlite:
            let connection = try connection()
            var isBehind = true
            while isBehind {
                try connection.begin(.write)
                isBehind = try migrator.step(on: connection)
                try connection.commit()
            }
            for (sql, values) in rows { _ = try connection.execute(sql, values) }
        case .postgres, .pgbouncer:
            let pool = try ConnectionPool.scratch(Secret(utf8: place))
            var isBehind = true
            while isBehind {
                isBehind = try await pool.transaction(.migration) { (attempt) throws(StoreFault) in
                    try migrator.step(on: attempt)
                }
            }
            for (sql, values) in rows {
                _ = try await pool.transaction { (attempt) throws(StoreFault) in try attempt.execute(sql, values) }
            }
            await pool.close()
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
        case .postgres, .pgbouncer:
            let pool = try ConnectionPool.scratch(Secret(utf8: place))
            try await pool.execute(sql)
            await pool.close()
        }
    }

    private func connection() throws(StoreFault) -> SQLiteConnection {
        try SQLiteConnection(
            path: place, role: .writer, options: SQLiteStore.Options(), clock: Backend.systemClock)
    }
}
