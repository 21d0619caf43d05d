internal import Concurrency
public import Domain
internal import Glibc
public import Storage
internal import StoragePostgres
internal import StorageSQLite
internal import Synchronization

/// The databases that a contract is tested on; adding one is one more case.
///
/// PostgreSQL takes part when `ALDRAVA_TEST_POSTGRES` holds a URL, and PostgreSQL behind a pooler when
/// `ALDRAVA_TEST_PGBOUNCER` does: `Scripts/with-postgres swift test`.
public enum Backend: String, CaseIterable, Sendable {
    case sqlite
    case postgres
    /// The same server through pgbouncer in transaction mode, where a connection is somebody else's after each
    /// transaction. Only the contract of the store itself is tested there: ``contract``.
    case pgbouncer

    public static let available: [Backend] = {
        guard postgresURL == nil else { return [.sqlite, .postgres] }
        atexit {
            unsafe _ = puts("PostgreSQL was not tested: ALDRAVA_TEST_POSTGRES is not set (see Scripts/with-postgres).")
        }
        return [.sqlite]
    }()

    /// What the store's own contract is tested on.
    public static let contract: [Backend] = {
        guard postgresURL != nil, poolerURL == nil else { return available + (poolerURL == nil ? [] : [.pgbouncer]) }
        atexit {
            unsafe _ = puts("PostgreSQL behind a pooler was not tested: pgbouncer is not installed.")
        }
        return available
    }()

    /// Set where a run without PostgreSQL, or without a pooler before it, must not pass for a whole one.
    public static let mustIncludePostgres = variable("ALDRAVA_TEST_REQUIRE_POSTGRES") == "1"

    /// `TMPDIR`: where the disk itself is not what is tested, a folder in memory makes the suites several times faster.
    private static let folder = variable("TMPDIR") ?? "/tmp"

    fileprivate static let postgresURL = variable("ALDRAVA_TEST_POSTGRES")
    fileprivate static let poolerURL = variable("ALDRAVA_TEST_PGBOUNCER")

    /// Opens a store on an empty database of the test's own, and removes both afterwards.
    ///
    /// `now` is SQLite's clock; PostgreSQL's cannot be set.
    @discardableResult
    public func withStore<Value: Sendable>(
        now: @escaping @Sendable () -> Timestamp = systemClock, _ body: (any Store) async throws -> Value
    ) async throws -> Value {
        try await withMigratedDatabase { database in
            let store = try await database.open(now: now)
            let result: Result<Value, any Error>
            do { result = .success(try await body(store)) } catch { result = .failure(error) }
            await store.close()
            return try result.get()
        }
    }

    /// For tests that open a database more than once, and to which migrations are nothing new: it has been migrated, and
    /// is there in a fraction of the time.
    @discardableResult
    public func withMigratedDatabase<Value: Sendable>(
        _ body: (ScratchDatabase) async throws -> Value
    ) async throws -> Value {
        let database: ScratchDatabase
        switch self {
        case .sqlite:
            database = try ScratchDatabase(on: .sqlite, folder: Self.folder)
            try await SQLiteCopies.write(to: database.place)
        case .postgres: database = ScratchDatabase(copy: try await PostgresCopies.shared.take())
        case .pgbouncer: return try await withDatabase(body)
        }
        defer { database.remove() }
        return try await body(database)
    }

    /// For tests that open a database more than once, and to which it matters that it is empty.
    ///
    /// `inMemory` keeps SQLite's file in memory, for loops that would wait thousands of times for the disk.
    @discardableResult
    public func withDatabase<Value: Sendable>(
        inMemory: Bool = false, _ body: (ScratchDatabase) async throws -> Value
    ) async throws -> Value {
        let pooled = self == .pgbouncer ? await PooledDatabases.take() : ""
        defer { if self == .pgbouncer { PooledDatabases.giveBack(pooled) } }
        let database = try ScratchDatabase(on: self, folder: inMemory ? "/dev/shm" : Self.folder, pooled: pooled)
        defer { database.remove() }
        return try await body(database)
    }

    public static func systemClock() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    private static func variable(_ name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe String(cString: text)
    }
}

/// A database of a test's own: a folder with a file to be, a schema of its own on the server, or behind a pooler, which lets
/// nobody choose a schema, a database of its own.
public struct ScratchDatabase: Sendable {
    public let backend: Backend
    /// A path for SQLite, a URL for PostgreSQL.
    public let place: String
    private let name: String
    /// A whole database of PostgreSQL's rather than a schema.
    private let isCopy: Bool

    public enum Fault: Error { case noFolder, noSchema, noCopy }

    private static let serial = Atomic<Int>(0)

    /// One of those that ``PostgresCopies`` made.
    fileprivate init(copy name: String) {
        backend = .postgres
        self.name = name
        isCopy = true
        place = Self.url(of: name)
    }

    init(on backend: Backend, folder: String, pooled: String = "") throws {
        self.backend = backend
        isCopy = false
        let number = Self.serial.add(1, ordering: .relaxed).newValue
        name =
            backend == .pgbouncer ? pooled : "aldrava_test_\(Backend.systemClock().milliseconds)_\(getpid())_\(number)"
        switch backend {
        case .sqlite:
            guard unsafe mkdir("\(folder)/\(name)", 0o700) == 0 else { throw Fault.noFolder }
            place = "\(folder)/\(name)/aldrava.db"
        case .postgres:
            let url = Backend.postgresURL ?? ""
            guard Self.plainRole, Self.psql("CREATE SCHEMA \(name) AUTHORIZATION aldrava_plain") else {
                throw Fault.noSchema
            }
            place =
                url + (url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?")
                + "options=-csearch_path%3D\(name)%20-crole%3Daldrava_plain"
        case .pgbouncer:
            guard Self.psql("CREATE SCHEMA public", in: name) else { throw Fault.noSchema }
            place = (Backend.poolerURL ?? "").dropLast("postgres".utf8.count) + name
        }
    }

    public func open(now: @escaping @Sendable () -> Timestamp = Backend.systemClock) async throws -> any Store {
        switch backend {
        case .sqlite: try await SQLiteStore.open(path: place, now: now)
        case .postgres, .pgbouncer:
            // Where all tests run at once, and slowed down by a sanitizer, it takes this long.
            try await PostgresStore.open(url: Secret(utf8: place), connections: 8, patience: .seconds(300))
        }
    }

    func remove() {
        switch backend {
        case .sqlite:
            for suffix in ["", "-wal", "-shm", "-lock"] { unsafe _ = unlink(place + suffix) }
            unsafe _ = rmdir(String(place.dropLast("/aldrava.db".utf8.count)))
        case .postgres where isCopy: PostgresCopies.shared.giveBack(name)
        case .postgres: _ = Self.psql("DROP SCHEMA \(name) CASCADE")
        case .pgbouncer: _ = Self.psql("DROP SCHEMA public CASCADE", in: name)
        }
    }

    /// A role that is no superuser, whom policies would not hold.
    fileprivate static let plainRole = psql(
        "DO $$ BEGIN CREATE ROLE aldrava_plain; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")

    /// That database, as the plain role, who owns it.
    fileprivate static func url(of database: String) -> String {
        (Backend.postgresURL ?? "").dropLast("postgres".utf8.count) + "\(database)?options=-crole%3Daldrava_plain"
    }

    fileprivate static func psql(_ statements: String..., in database: String? = nil) -> Bool {
        psql(statements, in: database)
    }

    /// Each statement is a transaction of its own.
    fileprivate static func psql(_ statements: [String], in database: String? = nil) -> Bool {
        let name = database.map { "$(dirname \"$ALDRAVA_TEST_POSTGRES\")/\($0)" } ?? "$ALDRAVA_TEST_POSTGRES"
        let commands = statements.map { "-c '\($0)'" }.joined(separator: " ")
        return unsafe system("PGOPTIONS=--client-min-messages=warning psql -qX \(commands) \"\(name)\"") == 0
    }
}

/// SQLite's file as migrations leave it.
private enum SQLiteCopies {
    private static let original = Task {
        try await Backend.sqlite.withDatabase(inMemory: true) { database in
            await (try await database.open()).close()
            guard let file = unsafe fopen(database.place, "r") else { throw ScratchDatabase.Fault.noCopy }
            defer { unsafe fclose(file) }
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 65_536)
            while case let count = unsafe fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
            return bytes
        }
    }

    static func write(to path: String) async throws {
        let bytes = try await original.value
        guard let file = unsafe fopen(path, "w") else { throw ScratchDatabase.Fault.noCopy }
        let written = unsafe fwrite(bytes, 1, bytes.count, file)
        guard unsafe fclose(file) == 0, written == bytes.count else { throw ScratchDatabase.Fault.noCopy }
    }
}

/// Databases of PostgreSQL's as migrations leave them, copied from one by the server itself, and some in advance: a test
/// waits for neither migrations nor psql. So many at a time as the server has connections for.
private final class PostgresCopies: Sendable {
    static let shared = PostgresCopies()

    private struct State {
        var ready: [String] = []
        var used: [String] = []
        var waiting: [CheckedContinuation<String?, Never>] = []
        var out = 0
        var isMaking = false
        var made = 0
    }

    /// How many are made, and taken away, with one psql.
    private static let batch = 8
    /// Each may have two nodes with a dozen connections, in two processes of tests; the server has 400.
    private static let most = 12

    private let state = Lock(State())
    private let thread = ThreadPool(name: "copies", threads: 1)
    /// What the others are copied from.
    private let original = Task {
        let name = "aldrava_original_\(getpid())"
        guard ScratchDatabase.plainRole, ScratchDatabase.psql("CREATE DATABASE \(name) OWNER aldrava_plain") else {
            throw ScratchDatabase.Fault.noSchema
        }
        let url = Secret(utf8: ScratchDatabase.url(of: name))
        await (try await PostgresStore.open(url: url, connections: 1)).close()
        return name
    }

    func take() async throws -> String {
        let original = try await original.value
        let name = await withCheckedContinuation { continuation in
            proceed(original) { $0.waiting.append(continuation) }
        }
        guard let name else { throw ScratchDatabase.Fault.noCopy }
        return name
    }

    func giveBack(_ name: String) {
        Task {
            let original = try await original.value
            proceed(original) { state in
                state.used.append(name)
                state.out -= 1
            }
        }
    }

    /// Hands out what may be handed out, and sees to it that there is more.
    private func proceed(_ original: String, after change: (inout State) -> Void) {
        let handedOut = state.withLock { state in
            change(&state)
            let count = min(state.waiting.count, state.ready.count, Self.most - state.out)
            let handedOut = state.waiting.prefix(count).map { ($0, state.ready.removeLast()) }
            state.waiting.removeFirst(count)
            state.out += count
            if state.ready.count < Self.batch / 2, !state.isMaking {
                state.isMaking = true
                thread.execute { self.make(from: original) }
            }
            return handedOut
        }
        for (continuation, name) in handedOut { continuation.resume(returning: name) }
    }

    private func make(from original: String) {
        let (used, made) = state.withLock { state in
            defer {
                state.used = []
                state.made += Self.batch
            }
            return (state.used, state.made)
        }
        let names = (made..<made + Self.batch).map { "aldrava_copy_\(getpid())_\($0)" }
        let succeeded = ScratchDatabase.psql(
            used.map { "DROP DATABASE \($0) WITH (FORCE)" }
                + names.map { "CREATE DATABASE \($0) TEMPLATE \(original) OWNER aldrava_plain" })
        var given: [CheckedContinuation<String?, Never>] = []
        proceed(original) { state in
            state.isMaking = false
            if succeeded { state.ready += names } else { swap(&given, &state.waiting) }
        }
        for continuation in given { continuation.resume(returning: nil) }
    }
}

/// A few databases that tests behind the pooler take turns with: PostgreSQL takes long to make one and longer to drop it.
private enum PooledDatabases {
    private struct State {
        var free: [String] = []
        var made = 0
        var waiting: [CheckedContinuation<String, Never>] = []
    }

    private static let most = 4
    private static let state = Lock(State())

    static func take() async -> String {
        await withCheckedContinuation { continuation in
            let name = state.withLock { state -> String? in
                if let name = state.free.popLast() { return name }
                guard state.made < most else {
                    state.waiting.append(continuation)
                    return nil
                }
                state.made += 1
                let name = "aldrava_test_\(getpid())_\(state.made)"
                // A test that finds none says so.
                _ = ScratchDatabase.psql("CREATE DATABASE \(name)")
                _ = ScratchDatabase.psql("DROP SCHEMA public", in: name)
                return name
            }
            if let name { continuation.resume(returning: name) }
        }
    }

    static func giveBack(_ name: String) {
        let waiting = state.withLock { state -> CheckedContinuation<String, Never>? in
            if state.waiting.isEmpty {
                state.free.append(name)
                return nil
            }
            return state.waiting.removeFirst()
        }
        waiting?.resume(returning: name)
    }
}
