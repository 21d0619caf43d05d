internal import CLinux
internal import Glibc
internal import Synchronization

/// A bound socket that takes connections; made once and given to every loop.
///
/// Bound without SO_REUSEPORT, so that a second server on the same port is seen. Owns the descriptor and, for a Unix
/// socket, the file.
public final class ListeningSocket: Sendable {
    public let address: ListenAddress
    let descriptor: Int32
    private let file: SocketFile?
    private let isOpen = Atomic(true)

    private static let backlog: Int32 = 1024

    public init(_ address: ListenAddress) throws(ListenFault) {
        self.address = address
        switch address {
        case .tcp(let host, let port):
            descriptor = unsafe linux_listen_tcp(host == "localhost" ? "127.0.0.1" : host, port, Self.backlog)
            file = nil
        case .unix(let path, let mode, _):
            try SocketFile.removeStale(address, path)
            descriptor = unsafe linux_listen_unix(path, mode, Self.backlog)
            file = SocketFile(path: path)
        }
        if descriptor < 0 {
            isOpen.store(false, ordering: .relaxed)
            throw ListenFault(address, code: -descriptor)
        }
    }

    deinit { close() }

    /// The port that was bound; `nil` for a Unix socket.
    public var port: UInt16? { UInt16(exactly: linux_local_port(descriptor)) }

    var onlyUser: uid_t? {
        if case .unix(_, _, let user) = address { user } else { nil }
    }

    /// Whether the client at the other end is the user this socket is for; otherwise who it is.
    func isForeign(_ connection: Int32) -> uid_t? {
        guard let onlyUser else { return nil }
        var user = uid_t.max
        guard unsafe linux_peer_user(connection, &user) == 0 else { return uid_t.max }
        return user == onlyUser ? nil : user
    }

    func close() {
        guard isOpen.exchange(false, ordering: .relaxed) else { return }
        file?.remove()
        _ = Glibc.close(descriptor)
    }
}

/// The file of a Unix socket, recognised by its inode: somebody else's file at the same path is left alone.
private struct SocketFile: Sendable {
    private let path: String
    private let inode: ino_t
    private let device: dev_t

    init?(path: String) {
        guard let status = Self.status(path) else { return nil }
        self.path = path
        inode = status.st_ino
        device = status.st_dev
    }

    func remove() {
        guard let status = Self.status(path), status.st_ino == inode, status.st_dev == device else { return }
        _ = unsafe unlink(path)
    }

    /// Removes what a server that died left behind; never a socket somebody answers on, never another kind of file.
    static func removeStale(_ address: ListenAddress, _ path: String) throws(ListenFault) {
        guard let status = status(path) else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .occupied(path) }
        switch unsafe linux_unix_answers(path) {
        case 1: throw .addressInUse(path)
        case 0: _ = unsafe unlink(path)
        case let problem: throw ListenFault(address, code: -problem)
        }
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status : nil
    }
}
