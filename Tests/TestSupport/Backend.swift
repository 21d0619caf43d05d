public import Domain
internal import Glibc
public import Storage
internal import StoragePostgres
internal import StorageSQLite
internal import Synchronization

/// The databases that a contract is tested on; adding one is one more case.
///
/// PostgreSQL takes part when `ALDRAVA_TEST_POSTGRES` holds a URL: `Scripts/with-postgres swift test`.
public enum Backend: String, CaseIterable, Sendable {
    case sqlite
    case postgres

    public static let available: [Backend] = {
        guard postgresURL == nil else { return allCases }
        atexit {
            unsafe _ = puts("PostgreSQL was not tested: ALDRAVA_TEST_POSTGRES is not set (see Scripts/with-postgres).")
        }
        return [.sqlite]
    }()

    /// Set where a run without PostgreSQL must not pass for a whole one.
    public static let mustIncludePostgres = variable("ALDRAVA_TEST_REQUIRE_POSTGRES") == "1"

    /// `TMPDIR`: where the disk itself is not what is tested, a folder in memory makes the suites several times faster.
    private static let folder = variable("TMPDIR") ?? "/tmp"

    fileprivate static let postgresURL = variable("ALDRAVA_TEST_POSTGRES")

    /// Opens a store on an empty database of the test's own, and removes both afterwards.
    ///
    /// `now` is SQLite's clock; PostgreSQL's cannot be set.
    @discardableResult
    public func withStore<Value: Sendable>(
        now: @escaping @Sendable () -> Timestamp = systemClock, _ body: (any Store) async throws -> Value
    ) async throws -> Value {
        try await withDatabase { database in
            let store = try await database.open(now: now)
            let result: Result<Value, any Error>
            do { result = .success(try await body(store)) } catch { result = .failure(error) }
            await store.close()
            return try result.get()
        }
    }

    /// For tests that open a database more than once.
    ///
    /// `inMemory` keeps SQLite's file in memory, for loops that would wait thousands of times for the disk.
    @discardableResult
    public func withDatabase<Value: Sendable>(
        inMemory: Bool = false, _ body: (ScratchDatabase) async throws -> Value
    ) async throws -> Value {
        let database = try ScratchDatabase(on: self, folder: inMemory ? "/dev/shm" : Self.folder)
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

/// An empty database: a folder with a file to be, or a schema of its own on the server.
public struct ScratchDatabase: Sendable {
    public let backend: Backend
    /// A path for SQLite, a URL for PostgreSQL.
    public let place: String
    private let name: String

    public enum Fault: Error { case noFolder, noSchema }

    private static let serial = Atomic<Int>(0)

    init(on backend: Backend, folder: String) throws {
        self.backend = backend
        let number = Self.serial.add(1, ordering: .relaxed).newValue
        name = "aldrava_test_\(Backend.systemClock().milliseconds)_\(getpid())_\(number)"
        switch backend {
        case .sqlite:
            guard unsafe mkdir("\(folder)/\(name)", 0o700) == 0 else { throw Fault.noFolder }
            place = "\(folder)/\(name)/aldrava.db"
        case .postgres:
            let url = Backend.postgresURL ?? ""
            guard Self.psql("CREATE SCHEMA \(name)") else { throw Fault.noSchema }
            place = url + (url.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + "options=-csearch_path%3D\(name)"
        }
    }

    public func open(now: @escaping @Sendable () -> Timestamp = Backend.systemClock) async throws -> any Store {
        switch backend {
        case .sqlite: try await SQLiteStore.open(path: place, now: now)
        case .postgres: try await PostgresStore.open(url: Secret(utf8: place), connections: 8)
        }
    }

    func remove() {
        switch backend {
        case .sqlite:
            for suffix in ["", "-wal", "-shm", "-lock"] { unsafe _ = unlink(place + suffix) }
            unsafe _ = rmdir(String(place.dropLast("/aldrava.db".utf8.count)))
        case .postgres: _ = Self.psql("DROP SCHEMA \(name) CASCADE")
        }
    }

    private static func psql(_ sql: String) -> Bool {
        unsafe system("PGOPTIONS=--client-min-messages=warning psql -qXc '\(sql)' \"$ALDRAVA_TEST_POSTGRES\"") == 0
    }
}
