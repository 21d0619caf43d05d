internal import CLinux
internal import Glibc
internal import HTTP
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

    /// As many as Linux lets a program ask for unless its administrator changed that: while a server is replaced, its
    /// clients wait here.
    private static let backlog: Int32 = 4096

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

    /// Takes over a socket that somebody else bound and that listens already: a service manager, or the program before
    /// this one. `ownsFile` says that a Unix socket's file is this server's to remove.
    ///
    /// - Throws: ``ListenFault`` when the descriptor is nothing of the kind.
    public init(inherited descriptor: Int32, ownsFile: Bool) throws(ListenFault) {
        self.descriptor = descriptor
        let family = linux_listening_family(descriptor)
        guard family > 0, linux_adopt(descriptor, false) == 0, let address = Self.address(of: descriptor, family) else {
            address = .tcp(host: "", port: 0)
            file = nil
            isOpen.store(false, ordering: .relaxed)
            throw .notListening(descriptor)
        }
        self.address = address
        if ownsFile, case .unix(let path, _, _) = address { file = SocketFile(path: path) } else { file = nil }
    }

    private static func address(of descriptor: Int32, _ family: Int32) -> ListenAddress? {
        if family == AF_UNIX {
            var name = sockaddr_un()
            var size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let isKnown = unsafe withUnsafeMutablePointer(to: &name) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getsockname(descriptor, $0, &size) == 0
                }
            }
            guard isKnown else { return nil }
            let path = unsafe withUnsafeBytes(of: &name.sun_path) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            return .unix(path: path, mode: 0, onlyUser: nil)
        }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe linux_local_address(descriptor, &bytes)
        guard let host = IPAddress(bytes: bytes.prefix(Int(count))),
            let port = UInt16(exactly: linux_local_port(descriptor))
        else { return nil }
        return .tcp(host: "\(host)", port: port)
    }

    deinit { close() }

    /// Lets the next program that this process becomes have the socket, or not; returns the descriptor.
    public func keepOnExec(_ isKept: Bool) -> Int32 {
        _ = linux_adopt(descriptor, isKept)
        return descriptor
    }

    /// Whether closing the socket removes its file.
    public var ownsFile: Bool { file != nil }

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

    public func close() {
        guard isOpen.exchange(false, ordering: .relaxed) else { return }
        file?.remove()
        _ = Glibc.close(descriptor)
    }
}

/// The file of a Unix socket, recognised by its inode: somebody else's file at the same path is left alone.
///
/// Removed by the process that made it only; a child has the same socket, and ends without the socket ending.
private struct SocketFile: Sendable {
    private let owner = getpid()
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
        guard owner == getpid(), let status = Self.status(path), status.st_ino == inode, status.st_dev == device else {
            return
        }
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
