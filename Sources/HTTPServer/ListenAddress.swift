public import Glibc

/// Where a server waits for connections.
public enum ListenAddress: Sendable, CustomStringConvertible {
    /// A numeric address, or `localhost` for 127.0.0.1; `::` takes IPv4 as well. Port 0 lets the system choose.
    case tcp(host: String, port: UInt16)
    /// A Unix socket whose file has that mode; `onlyUser` closes the connections of everybody else.
    case unix(path: String, mode: mode_t, onlyUser: uid_t?)

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path, _, _): path
        }
    }
}

/// Why a server cannot wait for connections at an address; each description is one sentence for the operator.
public enum ListenFault: Error, Hashable, CustomStringConvertible {
    case addressInUse(String)
    /// The port or the folder is not for this user.
    case notPermitted(String)
    /// No network interface has this address.
    case notLocal(String)
    /// Not a numeric address, or a path that is too long for a Unix socket (107 bytes).
    case malformed(String)
    /// The path of the Unix socket is taken by a file that is no socket.
    case occupied(String)
    /// A descriptor that was handed over is no stream socket that listens.
    case notListening(Int32)
    case system(String, code: Int32)

    public var description: String {
        switch self {
        case .addressInUse(let address): "\(address) is already in use by another process."
        case .notPermitted(let address): "This user may not listen on \(address)."
        case .notLocal(let address): "\(address) is not an address of this machine."
        case .malformed(let address): "\(address) is not an address to listen on."
        case .occupied(let path): "\(path) exists and is not a socket."
        case .notListening(let descriptor):
            "The descriptor \(descriptor), which this server was handed, is not a socket that listens."
        case .system(let address, let code): "Listening on \(address) failed with system error \(code)."
        }
    }

    init(_ address: ListenAddress, code: Int32) {
        self =
            switch code {
            case EADDRINUSE: .addressInUse(address.description)
            case EACCES, EPERM: .notPermitted(address.description)
            case EADDRNOTAVAIL: .notLocal(address.description)
            case EINVAL, ENAMETOOLONG: .malformed(address.description)
            default: .system(address.description, code: code)
            }
    }
}
