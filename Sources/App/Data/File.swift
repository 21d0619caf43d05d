internal import Glibc

/// An open file of ours, closed when it leaves scope. All calls block: never on an event loop.
@safe
struct File: ~Copyable, Sendable {
    let descriptor: Int32

    /// What the system refused, in words that complete "it …".
    struct Fault: Error, Equatable {
        let number: Int32

        var description: String {
            switch number {
            case ENOENT: "does not exist"
            case EACCES, EPERM: "is not accessible to this user"
            case EROFS: "is on a read-only file system"
            case ELOOP: "is a symbolic link"
            case EISDIR: "is a folder"
            case ENOTDIR: "has a path that leads through a file"
            case ENOSPC, EDQUOT, EFBIG: "cannot grow: the disk, or a quota, is full"
            case ENAMETOOLONG: "has a name that is too long"
            default: "cannot be used (\(unsafe String(cString: strerror(number))))"
            }
        }

        /// The calling thread's last error.
        static var last: Fault { Fault(number: errno) }
    }

    /// Never follows a symbolic link in the path's last part, and is not inherited by child processes.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(Fault) {
        let opened = Self.openRetrying(path, flags | O_CLOEXEC | O_NOFOLLOW, mode)
        guard opened >= 0 else { throw .last }
        descriptor = opened
    }

    /// Takes over a descriptor that somebody else opened.
    init(adopting descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    private static func openRetrying(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
        while true {
            let opened = unsafe open(path, flags, mode)
            if opened >= 0 || errno != EINTR { return opened }
        }
    }

    func status() throws(Fault) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .last }
        return status
    }

    /// Up to `count` bytes from `offset`; fewer only at the end.
    func read(_ count: Int, at offset: Int) throws(Fault) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let start = filled
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + start }, count - start, off_t(offset + start))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .last }
            if got == 0 { break }
            filled += got
        }
        bytes.removeSubrange(filled...)
        return bytes
    }

    /// Writes everything, or throws with an unknown part of it written.
    func write(_ bytes: [UInt8]) throws(Fault) {
        let outcome = unsafe bytes.withUnsafeBytes { buffer -> Result<Void, Fault> in
            Result { () throws(Fault) in try unsafe write(buffer) }
        }
        try outcome.get()
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        var written = 0
        while written < bytes.count {
            let count = unsafe Glibc.write(
                descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last }
            written += count
        }
    }

    func truncate(to size: Int) throws(Fault) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .last }
    }

    /// Returns when the content, and what is needed to read it back, is on the disk.
    func synchroniseData() throws(Fault) {
        guard fdatasync(descriptor) == 0 else { throw .last }
    }

    func synchronise() throws(Fault) {
        guard fsync(descriptor) == 0 else { throw .last }
    }

    func setMode(_ mode: mode_t) throws(Fault) {
        guard fchmod(descriptor, mode) == 0 else { throw .last }
    }

    /// False when another process holds the lock.
    func lockExclusively() throws(Fault) -> Bool {
        while true {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            if errno == EWOULDBLOCK { return false }
            guard errno == EINTR else { throw .last }
        }
    }
}
