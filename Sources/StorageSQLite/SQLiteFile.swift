internal import Glibc
internal import Storage

/// The database's file: made readable for its owner only, and held by one store at a time.
///
/// SQLite 3.40 may damage a file that two connections write or checkpoint at the same instant (the WAL-reset bug,
/// https://sqlite.org/wal.html), so a second store is refused, also within one process. The lock is on a file
/// beside it: closing any descriptor of the database itself would drop the locks that SQLite holds.
final class SQLiteFile: Sendable {
    private let lock: Int32

    init(path: String) throws(StoreFault) {
        let lock = try Self.open(path + "-lock")
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            Glibc.close(lock)
            throw .busy("\(path) is already open")
        }
        do {
            Glibc.close(try Self.open(path))
        } catch {
            Glibc.close(lock)
            throw error
        }
        self.lock = lock
    }

    deinit {
        // A process that is just being started still shares the lock until it runs its program: closing is not enough.
        flock(lock, LOCK_UN)
        Glibc.close(lock)
    }

    private static func open(_ path: String) throws(StoreFault) -> Int32 {
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .inputOutput("cannot open \(path): \(unsafe String(cString: strerror(errno)))")
        }
        return descriptor
    }
}
