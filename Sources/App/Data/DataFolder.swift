internal import Glibc

/// The folder of everything a server keeps, held by one process at a time.
///
/// A class, because it owns the lock. The lock is an open file: the kernel lets go of it when the process ends,
/// however it ends.
final class DataFolder: Sendable {
    let path: String
    private let lock: File

    private init(path: String, lock: consuming File) {
        self.path = path
        self.lock = lock
    }

    /// Takes the folder, or `nil` when another process works with it.
    ///
    /// - Parameter mayMake: whether a missing folder is made, with mode 700.
    static func take(_ path: String, mayMake: Bool) throws(StartFault) -> DataFolder? {
        try check(path, mayMake: mayMake)
        do {
            let lock = try File("\(path)/lock", O_RDWR | O_CREAT)
            guard try lock.lockExclusively() else { return nil }
            return DataFolder(path: path, lock: lock)
        } catch {
            throw .configuration("The data folder \(path) cannot be used: the file lock \(error.description).")
        }
    }

    /// The same for a server, which waits: a quarter of a second, because a server whose parent was killed dies just
    /// after it; and five where it follows another one, because a command may have begun while nobody served.
    static func takeSoon(_ path: String, follows: Bool) throws(StartFault) -> DataFolder {
        for attempt in 0..<(follows ? 500 : 25) {
            if attempt > 0 { usleep(10_000) }
            if let folder = try take(path, mayMake: true) { return folder }
        }
        throw .unavailable("Another server, or a command, holds the data folder \(path).")
    }

    static func check(_ path: String, mayMake: Bool) throws(StartFault) {
        var status = stat()
        if unsafe stat(path, &status) != 0 {
            guard errno == ENOENT else {
                throw .configuration("The data folder \(path) \(File.Fault.last.description).")
            }
            guard mayMake else {
                throw .configuration(
                    "There is no data folder \(path); let --config, --data or ALDRAVA_DATA name the server's.")
            }
            guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else {
                let reason = errno == ENOENT ? "its parent folder does not exist" : "it \(File.Fault.last.description)"
                throw .configuration("The data folder \(path) cannot be made: \(reason).")
            }
            guard unsafe stat(path, &status) == 0 else {
                throw .configuration("The data folder \(path) \(File.Fault.last.description).")
            }
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .configuration("The data folder \(path) is not a folder.")
        }
        guard status.st_uid == geteuid() else {
            let owner = FolderChecks.userName(status.st_uid)
            throw .configuration(
                "The data folder \(path) belongs to another user, \(owner), who could change what is in it; run this as that user (sudo -u \(owner))."
            )
        }
        guard status.st_mode & 0o022 == 0 else {
            throw .configuration("The data folder \(path) may be changed by other users; give it mode 700.")
        }
        guard unsafe access(path, W_OK | X_OK) == 0 else {
            throw .configuration("The data folder \(path) is not writable by this user.")
        }
    }
}
