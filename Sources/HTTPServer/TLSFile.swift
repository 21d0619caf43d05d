internal import Glibc

/// The files of one certificate, both in PEM form; the two may be one file.
public struct TLSFiles: Hashable, Sendable {
    /// The server's certificate first, then those that lead to a known authority.
    public let certificate: String
    public let key: String

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

/// Reads small files whole.
enum TLSFile {
    private static let most = 1 << 20

    static func certificate(_ path: String) throws(TLSFault) -> [UInt8] { try read(path).bytes }

    /// A key is refused where users outside the file's group may read it, or others than the owner write it.
    static func key(_ path: String) throws(TLSFault) -> [UInt8] {
        let file = try read(path)
        guard file.mode & 0o027 == 0 else { throw .exposedKey(path: path) }
        return file.bytes
    }

    private static func read(_ path: String) throws(TLSFault) -> (bytes: [UInt8], mode: mode_t) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .unreadable(path: path, reason: words(errno)) }
        defer { _ = close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw .unreadable(path: path, reason: words(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable(path: path, reason: "is not a plain file") }
        var bytes = [UInt8](repeating: 0, count: most + 1)
        var count = 0
        while count <= most {
            let room = most + 1 - count
            let more = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(file, buffer.baseAddress?.advanced(by: count), room)
            }
            if more < 0, errno == EINTR { continue }
            guard more >= 0 else { throw .unreadable(path: path, reason: words(errno)) }
            guard more > 0 else { break }
            count += more
        }
        guard count <= most else { throw .unreadable(path: path, reason: "is larger than 1 MiB") }
        return (Array(bytes[..<count]), status.st_mode)
    }

    private static func words(_ code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "does not exist"
        case EACCES, EPERM: "may not be read by this user"
        default: "cannot be read (system error \(code))"
        }
    }
}
