import CSQLite
import Concurrency
import Domain
import Glibc
import Storage
import StorageSQL
import TestSupport
import Testing

@testable import StoragePostgres

/// The one query that finds what somebody holds, which every first request of a session waits for.
@Suite("How the databases find what somebody holds", .serialized) struct AccessPlanTests {
    /// Hears what is asked, and finds nothing.
    private final class Listener: SQLConnection {
        struct Row: SQLRow {
            func isNull(_ column: Int) -> Bool { true }
            func integer(_ column: Int) throws(StoreFault) -> Int64 { 0 }
            func text(_ column: Int) throws(StoreFault) -> String { "" }
            func blob(_ column: Int) throws(StoreFault) -> [UInt8] { [] }
            func halves(_ column: Int) throws(StoreFault) -> (high: UInt64, low: UInt64)? { nil }
        }

        static var dialect: SQLDialect { .sqlite }
        let heard = Lock<[String]>([])
        var now: Timestamp { Timestamp(milliseconds: 0) }

        func execute(_ sql: StaticString, _ values: [SQLValue]) throws(StoreFault) -> Int64 { 0 }
        func define(_ sql: StaticString) throws(StoreFault) {}
        func query<Value>(
            _ sql: StaticString, _ values: [SQLValue], _ read: (Row) throws(StoreFault) -> Value
        ) throws(StoreFault) -> [Value] {
            heard.withLock { $0.append(sql.description) }
            return []
        }
    }

    private static func query() throws -> String {
        let listener = Listener()
        _ = try SQLTransaction(listener).accessGraph(of: .user(Sample.id()), realm: .standard)
        let heard = listener.heard.withLock { $0 }
        // Cold, it is one query.
        try #require(heard.count == 1)
        return heard[0]
    }

    /// 10,000 users with a role each; every fifth is in a group and holds something of one thing.
    private static func fill(_ store: any Store) async throws -> ID<User> {
        let roles = (0..<50).map { Sample.role("role-\($0)") }
        let permissions = (0..<200).map { Sample.permission("mail\($0)", "read") }
        let groups = (0..<20).map { number in
            Group(
                id: Sample.id(), realm: .standard, name: "group-\(number)", description: "",
                createdAt: Timestamp(milliseconds: 7))
        }
        return try await store.transaction { (tx) throws(StoreFault) -> ID<User> in
            for role in roles { _ = try tx.insert(role) }
            for group in groups { _ = try tx.insert(group) }
            for (number, permission) in permissions.enumerated() {
                _ = try tx.insert(permission)
                _ = try tx.grant(permission: permission.id, to: roles[number % 50].id)
            }
            var last: ID<User>?
            for number in 0..<3_000 {
                guard let user = try tx.insert(Sample.user("user\(number)")).user else { continue }
                last = user.id
                _ = try tx.grant(role: roles[number % 50].id, to: user.id)
                guard number.isMultiple(of: 5) else { continue }
                let holder = AccessHolder.user(user.id)
                _ = try tx.give(.group(groups[number % 20].id), to: holder, until: nil, realm: .standard)
                _ = try tx.give(
                    .permission(permissions[number % 200].id, instance: "mail/\(number)"), to: holder, until: nil,
                    realm: .standard)
            }
            guard let last else { throw .unexpected("nobody") }
            return last
        }
    }

    @Test func `SQLite goes over no table of people or grants`() async throws {
        try await Backend.sqlite.withDatabase(inMemory: true) { database in
            let store = try await database.open()
            _ = try await Self.fill(store)
            await store.close()
            let plan = try Self.sqlitePlan(of: try Self.query(), in: database.place)
            #expect(plan.contains { $0.hasPrefix("SEARCH") && $0.contains("access_links") })
            for line in plan where line.hasPrefix("SCAN") {
                for table in ["access_links", "user_roles", "user_permissions", "role_permissions", "users", "roles"] {
                    #expect(!Self.scans(line, table), "\(line)")
                }
            }
            // The names in the query are short ones: `l` of links and so on. What is scanned are the sets it made.
            let strange = Self.strange(plan)
            #expect(strange.isEmpty, "\(plan)")
        }
    }

    private static func strange(_ plan: [String]) -> [String] {
        var found: [String] = []
        for line in plan where line.hasPrefix("SCAN") {
            let name = line.split(separator: " ")[1]
            if !["m", "r", "h", "member_of", "roles_of", "CONSTANT", "holders"].contains(name) { found.append(line) }
        }
        return found
    }

    private static func scans(_ line: String, _ table: String) -> Bool {
        line == "SCAN \(table)" || line.hasPrefix("SCAN \(table) ")
    }

    private static func sqlitePlan(of query: String, in path: String) throws -> [String] {
        var database: OpaquePointer?
        try #require(unsafe sqlite3_open(path, &database) == SQLITE_OK)
        defer { unsafe sqlite3_close(database) }
        _ = unsafe sqlite3_exec(database, "ANALYZE", nil, nil, nil)
        var statement: OpaquePointer?
        try #require(
            unsafe sqlite3_prepare_v2(database, "EXPLAIN QUERY PLAN \(query)", -1, &statement, nil) == SQLITE_OK)
        defer { unsafe sqlite3_finalize(statement) }
        var lines: [String] = []
        while unsafe sqlite3_step(statement) == SQLITE_ROW {
            if let text = unsafe sqlite3_column_text(statement, 3) { unsafe lines.append(String(cString: text)) }
        }
        return lines
    }

    @Test(.enabled(if: PostgresScratch.isAvailable))
    func `PostgreSQL goes over no table of people or grants`() async throws {
        try await Backend.postgres.withDatabase { database in
            let store = try await database.open()
            let user = try await Self.fill(store)
            await store.close()
            let connection = try PostgresScratch.connect(database.place)
            try connection.run("ANALYZE")
            // Of so few rows PostgreSQL may rightly read all; what is shown is that it never has to.
            try connection.run("SET enable_seqscan = off")
            try connection.run(
                """
                CREATE FUNCTION pg_temp.plan(t text) RETURNS SETOF text LANGUAGE plpgsql
                AS 'BEGIN RETURN QUERY EXECUTE ''EXPLAIN '' || t; END'
                """)
            let id =
                "'\\x\(user.bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined())'::bytea"
            let query = Self.replaced(Self.replaced(try Self.query(), "$1", id), "$2", "'default'")
            let plan = try connection.run("SELECT pg_temp.plan($1)", .text(query)).compactMap { value -> String? in
                if case .text(let line) = value { line } else { nil }
            }
            #expect(plan.contains { $0.contains("Index") && $0.contains("access_links") }, "\(plan)")
            // Tables of a few hundred rows are read whole by right; those that grow with people are not.
            for table in ["access_links", "user_roles", "user_permissions", "users"] {
                #expect(!plan.contains { $0.contains("Seq Scan on \(table)") }, "\(plan.joined(separator: "\n"))")
            }
        }
    }

    private static func replaced(_ text: String, _ from: String, _ to: String) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            if rest.starts(with: from.utf8) {
                result += Array(to.utf8)
                rest = rest.dropFirst(from.utf8.count)
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
