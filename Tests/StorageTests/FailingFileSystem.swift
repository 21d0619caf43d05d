import CSQLite
import Concurrency
import Glibc
import Synchronization

/// A VFS of SQLite's over the real one that fails a chosen write, truncation or fsync.
///
/// SQLite calls it without a context, so its state is global: one plan at a time, tests that use it are serial.
enum FailingFileSystem {
    static let name = "aldrava-failing"

    enum Plan: Sendable, Equatable {
        case never
        /// The nth operation from now fails; a failed write leaves its first half behind.
        case once(after: Int)
        /// The nth fails and so does everything after it, as if the machine had stopped.
        case forEver(after: Int)
    }

    struct State: Sendable {
        var plan = Plan.never
        var operations = 0
        var failures = 0
    }

    static let state = Lock(State())

    static func set(_ plan: Plan) { state.withLock { $0 = State(plan: plan) } }

    /// Counts an operation and says whether it fails.
    static func fails() -> Bool {
        state.withLock { state in
            state.operations += 1
            let isFailure =
                switch state.plan {
                case .never: false
                case .once(let number): state.operations == number
                case .forEver(let number): state.operations >= number
                }
            if isFailure { state.failures += 1 }
            return isFailure
        }
    }

    static func register() { _ = isRegistered }

    private static let isRegistered: Bool = {
        guard let real = unsafe sqlite3_vfs_find(nil) else { return false }
        let copy = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        unsafe copy.initialize(to: real.pointee)
        unsafe copy.pointee.zName = unsafe UnsafePointer(strdup(name))
        unsafe copy.pointee.pNext = nil
        unsafe copy.pointee.xOpen = { _, path, file, flags, outFlags in
            guard let real = unsafe sqlite3_vfs_find(nil), let open = unsafe real.pointee.xOpen else {
                return SQLITE_CANTOPEN
            }
            let code = unsafe open(real, path, file, flags, outFlags)
            if code == SQLITE_OK, let file = unsafe file, let methods = unsafe file.pointee.pMethods {
                unsafe file.pointee.pMethods = unsafe failing(methods)
            }
            return code
        }
        return unsafe sqlite3_vfs_register(copy, 0) == SQLITE_OK
    }()

    /// The real tables of methods and ours, as bits of pointers; the database's file has locks and others do not.
    private static let tables = Lock<[UInt: UInt]>([:])
    /// Writing is the same in all of them.
    private static let real = Atomic<UInt>(0)

    private static var methods: UnsafePointer<sqlite3_io_methods>? {
        unsafe UnsafePointer(bitPattern: real.load(ordering: .acquiring))
    }

    private static func failing(_ methods: UnsafePointer<sqlite3_io_methods>) -> UnsafePointer<sqlite3_io_methods>? {
        let key = UInt(bitPattern: methods)
        let table = tables.withLock { tables in
            if let known = tables[key] { return known }
            let new = UInt(bitPattern: unsafe makeTable(methods))
            tables[key] = new
            return new
        }
        return unsafe UnsafePointer(bitPattern: table)
    }

    private static func makeTable(
        _ methods: UnsafePointer<sqlite3_io_methods>
    ) -> UnsafeMutablePointer<sqlite3_io_methods> {
        real.store(UInt(bitPattern: methods), ordering: .releasing)
        let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        unsafe table.initialize(to: methods.pointee)
        unsafe table.pointee.xWrite = { file, bytes, count, offset in
            guard let write = unsafe FailingFileSystem.methods?.pointee.xWrite else { return SQLITE_IOERR }
            guard FailingFileSystem.fails() else { return unsafe write(file, bytes, count, offset) }
            unsafe _ = write(file, bytes, count / 2, offset)
            return SQLITE_IOERR | 3 << 8  // SQLITE_IOERR_WRITE
        }
        unsafe table.pointee.xSync = { file, flags in
            guard let sync = unsafe FailingFileSystem.methods?.pointee.xSync else { return SQLITE_IOERR }
            guard FailingFileSystem.fails() else { return unsafe sync(file, flags) }
            return SQLITE_IOERR | 4 << 8  // SQLITE_IOERR_FSYNC
        }
        unsafe table.pointee.xTruncate = { file, size in
            guard let truncate = unsafe FailingFileSystem.methods?.pointee.xTruncate else { return SQLITE_IOERR }
            guard FailingFileSystem.fails() else { return unsafe truncate(file, size) }
            return SQLITE_IOERR | 6 << 8  // SQLITE_IOERR_TRUNCATE
        }
        return unsafe table
    }
}
