internal import CSQLite
internal import Domain
internal import Storage
internal import StorageSQL

/// One connection to the file, with its prepared statements.
///
/// Not for two threads at once: the writer's belongs to the writer's thread, a reader's to whoever took it from
/// the shelf. SQLite itself is opened without mutexes.
@safe final class SQLiteConnection: SQLConnection, @unchecked Sendable {
    static let dialect = SQLDialect.sqlite

    enum Role {
        /// The only one that writes and the only one that moves the log into the database.
        case writer
        case reader
    }

    private let database: OpaquePointer
    private let clock: @Sendable () -> Timestamp
    /// The writer's claim on the file, given back after the file was closed.
    private var claim: SQLiteFile?
    private let logPages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
    /// By the text's address: a `StaticString` never moves, and two literals never share a beginning and an end.
    private var statements: [UInt: SQLiteStatement] = [:]

    private var isOpen = true
    private(set) var now = Timestamp(milliseconds: 0)
    /// The first fault since the last ``begin(_:)``; until then nothing more is run.
    private(set) var failure: StoreFault?

    init(
        path: String, role: Role, claim: SQLiteFile? = nil, options: SQLiteStore.Options,
        clock: @escaping @Sendable () -> Timestamp
    ) throws(StoreFault) {
        var database: OpaquePointer?
        let access = role == .writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
        let code = unsafe sqlite3_open_v2(
            path, &database, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, options.fileSystem)
        guard code == SQLITE_OK, let database = unsafe database else {
            let fault = unsafe StoreFault(code, on: database)
            unsafe sqlite3_close_v2(database)
            throw fault
        }
        unsafe self.database = unsafe database
        self.clock = clock
        self.claim = claim
        unsafe logPages.initialize(to: 0)
        wait(milliseconds: Self.patience)
        try prepare(for: role, options: options)
    }

    /// Milliseconds, for what clients wait for.
    private static let patience: Int32 = 250

    /// Runs what nobody waits for and what must not fail because another program does the same: a change of the schema.
    func patiently<Value>(_ body: () throws(StoreFault) -> Value) throws(StoreFault) -> Value {
        wait(milliseconds: 30_000)
        defer { wait(milliseconds: Self.patience) }
        return try body()
    }

    /// How long a lock that somebody else holds is waited for.
    private func wait(milliseconds: Int32) {
        unsafe sqlite3_busy_timeout(database, milliseconds)
    }

    deinit {
        close()
        unsafe logPages.deallocate()
    }

    /// Later transactions throw ``StoreFault/closed``.
    func close() {
        guard isOpen else { return }
        isOpen = false
        statements = [:]
        unsafe sqlite3_close_v2(database)
        claim = nil
    }

    private func prepare(for role: Role, options: SQLiteStore.Options) throws(StoreFault) {
        try define("PRAGMA foreign_keys = ON")
        try define("PRAGMA trusted_schema = OFF")
        try define("PRAGMA temp_store = MEMORY")
        switch role {
        case .reader:
            try define("PRAGMA wal_autocheckpoint = 0")
            unsafe _ = csqlite_never_checkpoint_on_close(database)
        case .writer:
            let mode = try query("PRAGMA journal_mode = WAL", []) { row throws(StoreFault) in try row.text(0) }
            guard mode == ["wal"] else { throw .inputOutput("the file system does not support a write-ahead log") }
            // Every commit waits until the disk has it.
            try define("PRAGMA synchronous = FULL")
            // What is deleted or changed is overwritten, not only let go of: erasing a person is then a matter of the log.
            try define("PRAGMA secure_delete = ON")
            if let pages = options.maximumPages { try limit(pages: pages) }
            // Takes the place of SQLite's own automatic checkpoint, which works in the same way.
            unsafe _ = sqlite3_wal_hook(
                database,
                { context, _, _, pages in
                    unsafe context?.assumingMemoryBound(to: Int32.self).pointee = pages
                    return SQLITE_OK
                }, logPages)
        }
    }

    // MARK: Statements

    func execute(_ sql: StaticString, _ values: [SQLValue]) throws(StoreFault) -> Int64 {
        try guarded { () throws(StoreFault) in
            try unsafe statement(sql).run(values, on: database) { _ in }
        }
        return unsafe sqlite3_changes64(database)
    }

    func query<Value>(
        _ sql: StaticString, _ values: [SQLValue], _ read: (SQLiteRow) throws(StoreFault) -> Value
    ) throws(StoreFault) -> [Value] {
        var found: [Value] = []
        try guarded { () throws(StoreFault) in
            try unsafe statement(sql).run(values, on: database) { row throws(StoreFault) in
                found.append(try read(row))
            }
        }
        return found
    }

    func define(_ sql: StaticString) throws(StoreFault) {
        try guarded { () throws(StoreFault) in
            try unsafe SQLiteStatement(sql, on: database, isKept: false).run([], on: database) { _ in }
        }
    }

    private func statement(_ sql: StaticString) throws(StoreFault) -> SQLiteStatement {
        let key = unsafe UInt(bitPattern: sql.utf8Start)
        if let known = statements[key] { return known }
        let new = try unsafe SQLiteStatement(sql, on: database, isKept: true)
        statements[key] = new
        return new
    }

    private func guarded(_ body: () throws(StoreFault) -> Void) throws(StoreFault) {
        if let failure { throw failure }
        do {
            try body()
        } catch {
            failure = error
            throw error
        }
    }

    // MARK: Transactions

    /// False once SQLite rolled everything back by itself: a full disk, an I/O error or a lack of memory may do so.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(database) == 0 }

    enum Mode {
        case write
        case snapshot
    }

    func begin(_ mode: Mode) throws(StoreFault) {
        guard isOpen else { throw .closed }
        if isInTransaction { abandon() }
        failure = nil
        try run(mode == .write ? "BEGIN IMMEDIATE" : "BEGIN")
        now = clock()
    }

    /// Begins a member of a common transaction; its clock is its own.
    func beginMember() throws(StoreFault) {
        failure = nil
        try run("SAVEPOINT member")
        now = clock()
    }

    func keepMember() throws(StoreFault) { try run("RELEASE member") }

    func undoMember() throws(StoreFault) {
        try run("ROLLBACK TO member")
        try run("RELEASE member")
        failure = nil
    }

    func commit() throws(StoreFault) { try run("COMMIT") }

    /// Ends the transaction without a trace. When even that fails, the next ``begin(_:)`` tries again.
    func abandon() {
        if isOpen, isInTransaction { try? run("ROLLBACK") }
        failure = nil
    }

    /// Runs a statement of the transaction itself, also after a fault.
    private func run(_ sql: StaticString) throws(StoreFault) {
        try unsafe statement(sql).run([], on: database) { _ in }
    }

    // MARK: The write-ahead log

    /// How many pages the log held after the last commit.
    var pagesInLog: Int { Int(unsafe logPages.pointee) }

    /// Moves the log's pages into the database, as far as no reader still needs them where they are.
    ///
    /// - Parameter restarts: waits for readers, for as long as the busy timeout, and empties the log.
    /// - Returns: whether everything was moved.
    func checkpoint(restarts: Bool) -> Bool {
        guard isOpen else { return false }
        var inLog: Int32 = 0
        var moved: Int32 = 0
        let code = unsafe sqlite3_wal_checkpoint_v2(
            database, nil, restarts ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &inLog, &moved)
        return code == SQLITE_OK && inLog == moved
    }

    /// A pragma takes no parameters; a number cannot be anything but a number.
    private func limit(pages: Int64) throws(StoreFault) {
        let code = unsafe sqlite3_exec(database, "PRAGMA max_page_count = \(pages)", nil, nil, nil)
        guard code == SQLITE_OK else { throw unsafe StoreFault(code, on: database) }
    }
}
