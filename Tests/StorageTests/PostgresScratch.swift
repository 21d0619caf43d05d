import Domain
import Glibc
import Storage
import StorageSQL
import Synchronization
import Testing

@testable import StoragePostgres

/// The PostgreSQL servers that `Scripts/with-postgres` told this run about.
enum PostgresScratch {
    static let server = variable("ALDRAVA_TEST_POSTGRES")
    static let pooler = variable("ALDRAVA_TEST_PGBOUNCER")

    static var isAvailable: Bool { server != nil }
    static var isPooled: Bool { server != nil && pooler != nil }

    /// A URL whose tables are nobody else's: a schema of its own.
    static func schema(on url: String? = server) throws -> Secret {
        let url = try #require(url)
        let name = unique()
        let connection = try connect(url)
        try connection.run(
            "CREATE FUNCTION pg_temp.run(t text) RETURNS void LANGUAGE plpgsql AS 'BEGIN EXECUTE t; END'")
        try connection.run("SELECT pg_temp.run($1)", .text("CREATE SCHEMA \(name)"))
        return Secret(utf8: "\(url)?options=-csearch_path%3D\(name)")
    }

    /// A URL of a new database, for what a schema cannot have.
    static func database(on url: String? = server, _ options: String = "") throws -> Secret {
        let url = try #require(url)
        let name = unique()
        let command = "CREATE DATABASE \(name) \(options)"
        try #require(unsafe system("psql -qX -c \"\(command)\" \"$ALDRAVA_TEST_POSTGRES\"") == 0)
        return Secret(utf8: url.dropLast("postgres".utf8.count) + name)
    }

    /// Through pgbouncer, which takes no options and so cannot choose a schema.
    static func pooledDatabase() throws -> Secret { try database(on: pooler) }

    private static func unique() -> String {
        "test_\(getpid())_\(serial.add(1, ordering: .relaxed).newValue)"
    }

    static func connect(_ url: String) throws -> Connection {
        try Connection(to: DatabaseURL(Secret(utf8: url)))
    }

    private static let serial = Atomic<Int>(0)

    private static func variable(_ name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe String(cString: text)
    }
}

extension Connection {
    /// Runs one statement outside any transaction.
    @discardableResult
    func run(_ text: StaticString, _ values: SQLValue...) throws -> [SQLValue] {
        try exchange([Statement(text: text, values: values)], until: .now + .seconds(30))[0].values
    }
}

extension Reply {
    /// The first column of every row, whatever its type is.
    var values: [SQLValue] {
        rows.map { row in
            if let number = try? row.integer(0) { return .integer(number) }
            if let text = try? row.text(0) { return .text(text) }
            if let blob = try? row.blob(0) { return .blob(blob) }
            return .null
        }
    }
}

extension ConnectionPool {
    /// A pool for tests that bring their own tables.
    static func scratch(_ url: Secret? = nil, connections: Int = 4) throws -> ConnectionPool {
        ConnectionPool(url: try DatabaseURL(try url ?? PostgresScratch.schema()), connections: connections)
    }

    func transaction<Value: Sendable>(
        _ kind: TransactionKind = .change, _ body: @escaping @Sendable (Attempt) throws(StoreFault) -> Value
    ) async throws(StoreFault) -> Value {
        try await run { () throws(StoreFault) -> Value in try self.transact(kind, body) }
    }

    /// Prepares tables.
    func execute(_ text: StaticString) async throws(StoreFault) {
        try await transaction { (attempt) throws(StoreFault) in _ = try attempt.run(text, []) }
    }

    func values(_ text: StaticString, _ values: SQLValue...) async throws(StoreFault) -> [SQLValue] {
        try await transaction { (attempt) throws(StoreFault) in try attempt.run(text, values).values }
    }
}

/// For threads that wait for one another; tasks use `Task.sleep`.
func sleepBriefly() { usleep(5_000) }
