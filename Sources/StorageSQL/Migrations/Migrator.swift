internal import Domain
public import Storage

/// Brings a database's schema up to this program's version.
public struct Migrator: Sendable {
    private let migrations: [Migration]

    public init() { migrations = Migration.all }

    /// The version that this program's queries expect.
    public var newestVersion: Int64 { migrations.last?.number ?? 0 }

    /// Applies the next missing migration, if any, and returns true while more are missing.
    ///
    /// Call it inside a write transaction of its own, commit, and repeat until it returns false. Two nodes that
    /// start together queue behind one lock: PostgreSQL's is taken here, SQLite's is BEGIN IMMEDIATE itself.
    ///
    /// A newer database is left as it is, where its migrations said that this program still works on it.
    ///
    /// - Throws: ``Storage/StoreFault/unavailable(_:)`` when the database is too new for this program.
    public func step<Connection: SQLConnection>(on connection: Connection) throws(StoreFault) -> Bool {
        if Connection.dialect == .postgres {
            // Until the transaction ends; the number is this table's own and means nothing.
            _ = try connection.query("SELECT pg_advisory_xact_lock(2876133154)", []) { _ throws(StoreFault) in }
        }
        let version = try SchemaVersion.read(on: connection)
        if version > newestVersion {
            guard try SchemaVersion.oldestProgram(on: connection) <= newestVersion else {
                throw .unavailable(
                    "its schema is version \(version), this program knows only \(newestVersion): start a newer aldrava")
            }
            return false
        }
        guard let next = migrations.first(where: { $0.number > version }) else { return false }
        if version == 0 { try connection.define(SchemaVersion.table) }
        for statement in Connection.dialect == .sqlite ? next.sqlite : next.postgres {
            try connection.define(statement)
        }
        _ = try connection.execute(
            "INSERT INTO migrations (number, name, applied_at) VALUES ($1, $2, $3)",
            [.integer(next.number), .text(next.name.description), .time(connection.now)])
        try SchemaVersion.setOldestProgram(next.oldestProgram, on: connection)
        return next.number < newestVersion
    }
}

/// How far the schema of a database is.
enum SchemaVersion {
    static let table: StaticString = """
        CREATE TABLE migrations (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)
        """

    /// 0 for an empty database. The two differ because each keeps the list of its tables in a place of its own.
    static func read<Connection: SQLConnection>(on connection: Connection) throws(StoreFault) -> Int64 {
        let tables: StaticString =
            switch Connection.dialect {
            case .sqlite: "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'"
            case .postgres:
                """
                SELECT count(*) FROM information_schema.tables
                WHERE table_schema = current_schema() AND table_name = 'migrations'
                """
            }
        let count = try connection.query(tables, []) { row throws(StoreFault) in try row.integer(0) }
        guard count.first == 1 else { return 0 }
        let newest = try connection.query("SELECT coalesce(max(number), 0) FROM migrations", []) {
            row throws(StoreFault) in try row.integer(0)
        }
        return newest.first ?? 0
    }

    /// What the newest migration said about older programs; for a database that does not say, nobody but the newest.
    static func oldestProgram<Connection: SQLConnection>(on connection: Connection) throws(StoreFault) -> Int64 {
        let values = try connection.query("SELECT value FROM settings WHERE name = $1", [.text(oldestProgramName)]) {
            row throws(StoreFault) in try row.blob(0)
        }
        return values.first.flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? .max
    }

    static func setOldestProgram<Connection: SQLConnection>(
        _ version: Int64, on connection: Connection
    ) throws(StoreFault) {
        _ = try connection.execute(
            """
            INSERT INTO settings (name, value) VALUES ($1, $2)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [.text(oldestProgramName), .blob(Array(String(version).utf8))])
    }

    private static let oldestProgramName = "schema_oldest_program"
}
