internal import Glibc

/// The folder of everything a server keeps, held by one process at a time.
struct DataFolder: ~Copyable, Sendable {
    let path: String
    /// The lock is the open file: the kernel lets go of it when the process ends, however it ends.
    private let lock: File

    /// Makes the folder where it is missing, with mode 700, and takes the lock.
    ///
    /// - Throws: a sentence; ``Busy`` is told apart, because a command then asks the server that holds the lock.
    init(_ path: String) throws(Refusal) {
        self.path = path
        try Self.make(path)
        let lock: File
        do { lock = try File("\(path)/lock", O_RDWR | O_CREAT) } catch {
            throw .fault(.configuration("The data folder \(path) cannot be used: the file lock \(error.description)."))
        }
        do {
            guard try lock.lockExclusively() else { throw Refusal.held }
        } catch let fault as File.Fault {
            throw .fault(
                .configuration("The data folder \(path) cannot be locked: the file lock \(fault.description)."))
        } catch {
            throw .held
        }
        self.lock = lock
    }

    enum Refusal: Error, Equatable {
        /// Another process works with this folder.
        case held
        case fault(StartFault)
    }

    private static func make(_ path: String) throws(Refusal) {
        var status = stat()
        if unsafe stat(path, &status) != 0 {
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
                let reason = errno == ENOENT ? "its parent folder does not exist" : "it \(File.Fault.last.description)"
                throw .fault(.configuration("The data folder \(path) cannot be made: \(reason)."))
            }
            guard unsafe stat(path, &status) == 0 else {
                throw .fault(.configuration("The data folder \(path) \(File.Fault.last.description)."))
            }
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .fault(.configuration("The data folder \(path) is not a folder."))
        }
        guard status.st_mode & 0o022 == 0 else {
            throw .fault(.configuration("The data folder \(path) may be changed by other users; give it mode 700."))
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw .fault(.configuration("The data folder \(path) is not writable by this user."))
        }
    }
}
