import Domain
import Storage
import StorageSQL
import TestSupport
import Testing

@testable import StoragePostgres

/// Queries that are wrong on purpose, on the tables as they are, with a role that is no superuser.
@Suite("PostgreSQL keeps realms apart", .enabled(if: PostgresScratch.isAvailable))
struct RowSecurityTests {
    private static let other = RealmName("acme")!

    @Test func `a query that forgets the realm sees one realm only`() async throws {
        try await Self.withTwoRealms { pool throws in
            for (scope, names) in [
                (StoreScope.realm(.standard), ["ana"]), (.realm(Self.other), ["bruno"]), (.realm(.system), []),
                (.server, ["ana", "bruno"]),
            ] {
                for kind in [TransactionKind.change, .snapshot] {
                    let found = try await pool.values(kind, in: scope, "SELECT username FROM users ORDER BY username")
                    #expect(found == names.map { .text($0) })
                    for table in Self.counts {
                        #expect(try await pool.values(kind, in: scope, table) == [.integer(Int64(names.count))])
                    }
                }
            }
        }
    }

    @Test func `a query that names another realm finds nothing to see or change`() async throws {
        try await Self.withTwoRealms { pool throws in
            for wrong: StaticString in [
                "SELECT id FROM users WHERE realm = 'acme'",
                "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.realm = 'acme'",
                "SELECT event.id FROM settled_events AS event WHERE realm = 'acme'",
                "SELECT role_id FROM user_roles ur JOIN roles r ON r.id = ur.role_id WHERE r.realm = 'acme'",
                "UPDATE users SET is_active = 0 WHERE realm = 'acme' RETURNING id",
                "UPDATE sessions SET ended_at = 1 WHERE realm = 'acme' RETURNING id",
                "DELETE FROM users WHERE realm = 'acme' RETURNING id",
                "DELETE FROM user_roles WHERE user_id IN (SELECT id FROM users WHERE realm = 'acme') RETURNING role_id",
            ] {
                #expect(try await pool.values(.change, in: .realm(.standard), wrong) == [])
            }
            #expect(try await pool.values(.change, in: .server, "SELECT count(*) FROM users") == [.integer(2)])
        }
    }

    @Test func `nothing can be moved or put into another realm`() async throws {
        try await Self.withTwoRealms { pool throws in
            for wrong: StaticString in [
                "UPDATE users SET realm = 'acme' WHERE realm = 'default'",
                "INSERT INTO roles (id, realm, name, description, created_at) VALUES ('x', 'acme', 'mine', '', 0)",
                """
                INSERT INTO user_roles (user_id, role_id) SELECT u.id, r.id FROM users u, roles r
                UNION ALL SELECT '\\x00', '\\x00'
                """,
            ] {
                await #expect(throws: StoreFault.self) {
                    try await pool.values(.change, in: .realm(.standard), wrong)
                }
            }
        }
    }

    @Test func `the realm ends with its transaction`() async throws {
        try await Self.withTwoRealms { pool throws in
            #expect(
                try await pool.values(.change, in: .realm(Self.other), "SELECT count(*) FROM users") == [.integer(1)])
            let connection = try #require(pool.takeIdle())
            #expect(try connection.run("SELECT current_setting('aldrava.realm', true)") == [.text("")])
            pool.giveBack(connection)
            #expect(
                try await pool.values(.change, in: .realm(.standard), "SELECT username FROM users") == [.text("ana")])
        }
    }

    @Test func `every table is guarded, or is known to be above realms`() async throws {
        try await Backend.postgres.withMigratedDatabase { database in
            await (try database.open()).close()
            let pool = try ConnectionPool.scratch(Secret(utf8: database.place))
            let open = try await pool.values(
                """
                SELECT c.relname::text FROM pg_class AS c
                WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND NOT (
                    c.relrowsecurity AND c.relforcerowsecurity
                    AND EXISTS (SELECT FROM pg_policy AS p WHERE p.polrelid = c.oid))
                ORDER BY c.relname COLLATE "C"
                """)
            #expect(
                open
                    == [
                        "break_glass", "data_keys", "feed", "feed_entries", "migrations", "nodes", "realm_hosts",
                        "realms", "settings", "throttles",
                    ].map { .text($0) })
            let views = try await pool.values(
                """
                SELECT c.relname::text FROM pg_class AS c WHERE c.relnamespace = current_schema()::regnamespace
                    AND c.relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)
                """)
            #expect(views == [])
            await pool.close()
        }
    }

    private static let counts: [StaticString] = [
        "SELECT count(*) FROM sessions", "SELECT count(*) FROM roles", "SELECT count(*) FROM user_roles",
        "SELECT count(*) FROM events",
    ]

    /// One person with a session, a role and an event in each of two realms.
    private static func withTwoRealms(_ body: (ConnectionPool) async throws -> Void) async throws {
        try await Backend.postgres.withMigratedDatabase { database in
            let store = try await database.open()
            for (name, realm) in [("ana", RealmName.standard), ("bruno", other)] {
                let user = try await store.addUser(name, realm: realm)
                _ = try await store.addSession(of: user)
                try await store.transaction(in: .realm(realm)) { (tx) throws(StoreFault) in
                    let role = Sample.role("reader", realm: realm)
                    guard try tx.insert(role), try tx.grant(role: role.id, to: user.id) else {
                        throw .unexpected("the role is there")
                    }
                    try tx.append(Sample.event(realm: realm), mac: [1])
                }
            }
            let pool = try ConnectionPool.scratch(Secret(utf8: database.place))
            let result: Result<Void, any Error>
            do { result = .success(try await body(pool)) } catch { result = .failure(error) }
            await pool.close()
            await store.close()
            try result.get()
        }
    }
}

extension ConnectionPool {
    @discardableResult
    fileprivate func values(
        _ kind: TransactionKind, in scope: StoreScope, _ text: StaticString
    ) async throws(StoreFault) -> [SQLValue] {
        try await run { () throws(StoreFault) in
            try self.transact(kind, in: scope) { (attempt) throws(StoreFault) in try attempt.run(text, []).values }
        }
    }
}
