internal import Concurrency
internal import Config
internal import Glibc
internal import Standards
internal import Storage

/// Copies the database while it is in use. The server writes the copy into its own folder, which it may write to
/// whatever its service manager forbids it elsewhere; the command then moves the file where it is wanted.
enum Backup {
    static let name = "backup.unfinished"

    /// One at a time: a second would write into the file of the first.
    static func make(_ premises: Premises) async throws(StoreFault) -> ControlReply {
        guard
            premises.isBackingUp.withLock({ isBusy in
                defer { isBusy = true }
                return !isBusy
            })
        else { return ControlReply(.unavailable, "Another backup is being made.", ["code": "busy"]) }
        defer { premises.isBackingUp.withLock { $0 = false } }
        let path = premises.config.path(name)
        let pool = ThreadPool(name: "backup", threads: 1)
        defer { pool.shutDown() }
        do {
            let size = try await pool.run { () throws(File.Fault) in
                try databaseSize(premises.config.path("aldrava.db"))
            }
            if let size, let free = FreeSpace(premises.config.data), free.bytes < size {
                return ControlReply(
                    .unavailable,
                    "The data folder's disk has \(free.bytes) bytes left, and the copy may need \(size).",
                    ["code": "disk_full"])
            }
            try await pool.run { () throws(File.Fault) in
                unsafe unlink(path)
                _ = try File(path, O_WRONLY | O_CREAT | O_EXCL)
            }
            guard try await premises.store.copy(to: path) else {
                try await pool.run { () throws(File.Fault) in _ = unsafe unlink(path) }
                return ControlReply(
                    .refused,
                    "The database is PostgreSQL, whose own pg_dump makes a consistent copy: see docs/OPERATIONS.md.",
                    ["code": "not_a_file"])
            }
            let bytes = try await pool.run { () throws(File.Fault) -> Int in
                let file = try File(path, O_RDONLY)
                try file.synchronise()
                return Int(try file.status().st_size)
            }
            return ControlReply(
                .done, "The copy has \(bytes) bytes.", ["file": .string(path), "bytes": .integer(Int64(bytes))])
        } catch let fault as StoreFault {
            await pool.run { _ = unsafe unlink(path) }
            throw fault
        } catch let fault as File.Fault {
            return ControlReply(.unavailable, "The file \(path) \(fault.description).", ["code": "file_unusable"])
        } catch {
            throw .unexpected("\(error)")
        }
    }

    /// With its write-ahead log; `nil` where there is no such file.
    private static func databaseSize(_ path: String) throws(File.Fault) -> Int? {
        guard unsafe access(path, F_OK) == 0 else { return nil }
        var size = Int(try File(path, O_RDONLY).status().st_size)
        if unsafe access("\(path)-wal", F_OK) == 0 { size += Int(try File("\(path)-wal", O_RDONLY).status().st_size) }
        return size
    }
}

/// What is left on the disk of a folder, for a user without privileges.
struct FreeSpace {
    var bytes: Int
    var totalBytes: Int
    var files: Int
    /// 0 where the file system has no such limit.
    var totalFiles: Int
}

extension FreeSpace {
    init?(_ path: String) {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0 else { return nil }
        func product(_ count: fsblkcnt_t) -> Int {
            Int(clamping: UInt64(count).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
        }
        self.init(
            bytes: product(status.f_bavail), totalBytes: product(status.f_blocks),
            files: Int(clamping: status.f_favail), totalFiles: Int(clamping: status.f_files))
    }
}
