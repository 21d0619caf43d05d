internal import Concurrency
public import Domain
internal import Glibc
public import Storage
internal import StorageSQL

extension SQLiteStore {
    /// Reads the whole file once, beside everything else: the check of its structure is part of it.
    public func examine() async throws(StoreFault) -> StoreExamination {
        var facts = try await examineWriter()
        let (checked, version) = try await readers.use { (connection) throws(StoreFault) in
            (try Self.readFacts(connection), try Self.schemaVersion(connection))
        }
        facts.merge(checked) { $1 }
        return StoreExamination(
            kind: .sqlite, schemaVersion: version, newestSchemaVersion: Migrator().newestVersion, clockOffset: nil,
            facts: facts)
    }

    /// Examines a file that no store has open, without bringing its schema up to date; `nil` when there is none.
    ///
    /// - Throws: ``StoreFault/busy(_:)`` while a store has it open.
    public static func examine(
        path: String, now: @escaping @Sendable () -> Timestamp
    ) async throws(StoreFault) -> StoreExamination? {
        guard unsafe access(path, F_OK) == 0 else { return nil }
        let thread = ThreadPool(name: "sqlite-examine", threads: 1)
        defer { thread.shutDown() }
        return try await thread.run { () throws(StoreFault) -> StoreExamination in
            let claim = try SQLiteFile(path: path)
            let connection = try SQLiteConnection(
                path: path, role: .writer, claim: claim, options: Options(), clock: now)
            defer { connection.close() }
            var facts = try writerFacts(connection)
            facts.merge(try readFacts(connection)) { $1 }
            return StoreExamination(
                kind: .sqlite, schemaVersion: try schemaVersion(connection),
                newestSchemaVersion: Migrator().newestVersion, clockOffset: nil, facts: facts)
        }
    }

    /// A snapshot in one statement; writers go on meanwhile, and the log is moved into the database afterwards.
    public func copy(to path: String) async throws(StoreFault) -> Bool {
        try await readers.use { (connection) throws(StoreFault) in
            _ = try connection.execute("VACUUM INTO $1", [.text(path)])
        }
        return true
    }

    /// Deleted rows are overwritten in the file; until the log is emptied it holds them as they were.
    public func forgetDeleted() async throws(StoreFault) -> Bool {
        for _ in 0..<20 {
            if await emptyLog() { return true }
        }
        return false
    }

    private static func schemaVersion(_ connection: SQLiteConnection) throws(StoreFault) -> Int64 {
        try SQLTransaction(connection).schemaVersion()
    }

    /// What only the connection that writes knows of itself.
    static func writerFacts(_ connection: SQLiteConnection) throws(StoreFault) -> [String: String] {
        let journal = try connection.query("PRAGMA journal_mode", []) { row throws(StoreFault) in try row.text(0) }
        let synchronous = try connection.query("PRAGMA synchronous", []) { row throws(StoreFault) in
            try row.integer(0)
        }
        let foreignKeys = try connection.query("PRAGMA foreign_keys", []) { row throws(StoreFault) in
            try row.integer(0)
        }
        return [
            "journal_mode": journal.first ?? "", "synchronous": synchronous.first.map { "\($0)" } ?? "",
            "foreign_keys": foreignKeys.first.map { "\($0)" } ?? "",
        ]
    }

    static func readFacts(_ connection: SQLiteConnection) throws(StoreFault) -> [String: String] {
        let version = try connection.query("SELECT sqlite_version()", []) { row throws(StoreFault) in
            try row.text(0)
        }
        let pages = try connection.query("PRAGMA page_count", []) { row throws(StoreFault) in try row.integer(0) }
        let pageSize = try connection.query("PRAGMA page_size", []) { row throws(StoreFault) in try row.integer(0) }
        let check = try connection.query("PRAGMA quick_check(1)", []) { row throws(StoreFault) in try row.text(0) }
        return [
            "version": version.first ?? "",
            "bytes": "\((pages.first ?? 0).multipliedReportingOverflow(by: pageSize.first ?? 0).partialValue)",
            "quick_check": check.first ?? "",
        ]
    }
}
