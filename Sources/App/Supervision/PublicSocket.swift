internal import Concurrency
internal import Config
internal import Glibc
internal import HTTPServer

/// A socket that clients connect to, with the name under which it is handed from program to program.
///
/// The supervising process binds it and keeps it; the server that it forks accepts from it. So clients wait for a new
/// server instead of being refused.
struct PublicSocket: Sendable {
    let name: String
    let socket: ListeningSocket
    /// A service manager passed it, to this program or to one before.
    var isFromManager = false

    /// Every address that the settings name. A further one is a line here.
    static func wanted(_ config: Config) -> [(name: String, address: ListenText)] {
        config.listenPoints.map { ($0.isTLS ? https : http, $0.address) }
    }

    /// HTTP without TLS.
    static let http = "http"
    /// TLS, and nothing else.
    static let https = "https"

    var isTLS: Bool { name == Self.https }

    /// Where it listens, with the port that the system chose where it was asked to.
    var url: String {
        switch socket.address {
        case .tcp(let host, let port):
            "\(isTLS ? "https" : "http")://\(ListenText.tcp(host: host, port: socket.port ?? port))"
        case .unix(let path, _, _): ListenText.unix(path: path).description
        }
    }

    /// All sockets of the settings: those that were handed over, and the others bound now.
    static func open(_ config: Config, _ handed: [HandedSocket]) throws(StartFault) -> [PublicSocket] {
        var sockets: [PublicSocket] = []
        var rest = handed
        for (name, address) in wanted(config) {
            // A service manager names its sockets as it likes; what has no name of ours is taken in order.
            let place =
                rest.firstIndex { $0.name == name }
                ?? rest.firstIndex { $0.isFromManager && $0.name != http && $0.name != https }
            if let given = place.map({ rest.remove(at: $0) }), let socket = try given.socket(for: address) {
                sockets.append(PublicSocket(name: name, socket: socket, isFromManager: given.isFromManager))
            } else {
                sockets.append(PublicSocket(name: name, socket: try bind(address)))
            }
        }
        for unwanted in rest { close(unwanted.descriptor) }
        return sockets
    }

    private static func bind(_ address: ListenText) throws(StartFault) -> ListeningSocket {
        let place: ListenAddress =
            switch address {
            case .tcp(let host, let port): .tcp(host: host, port: port)
            case .unix(let path): .unix(path: path, mode: 0o660, onlyUser: nil)
            }
        // A server whose parent was killed dies a moment after it, and has the socket until then.
        let end = MonotonicTime.now() + .milliseconds(250)
        while true {
            do throws(ListenFault) { return try ListeningSocket(place) } catch {
                guard case .addressInUse = error, MonotonicTime.now() < end else {
                    throw .unavailable(error.description)
                }
                usleep(10_000)
            }
        }
    }
}

/// A descriptor that this process was started with.
struct HandedSocket: Hashable, Sendable {
    let name: String
    let descriptor: Int32
    /// The file of a Unix socket is this server's to remove.
    var ownsFile = false
    /// From systemd and its kind, whose word on the address holds; not from the program before this one.
    var isFromManager = false

    /// `nil`, and the descriptor closed, when the settings have another address by now.
    fileprivate func socket(for wanted: ListenText) throws(StartFault) -> ListeningSocket? {
        do throws(ListenFault) {
            let socket = try ListeningSocket(inherited: descriptor, ownsFile: ownsFile)
            switch (socket.address, wanted) {
            case (.tcp(let host, let port), .tcp(let wantedHost, let wantedPort)):
                let isSame =
                    host == (wantedHost == "localhost" ? "127.0.0.1" : wantedHost)
                    && (wantedPort == 0 || wantedPort == port)
                return isSame || isFromManager ? socket : nil
            case (.unix(let path, _, _), .unix(let wantedPath)):
                return path == wantedPath || isFromManager ? socket : nil
            case (.unix, .tcp), (.tcp, .unix):
                guard isFromManager else { return nil }
                throw ListenFault.notListening(descriptor)
            }
        } catch {
            guard case .notListening = error, isFromManager else { throw .unavailable(error.description) }
            throw .configuration(
                "The socket \(name), which the service manager passed, does not fit \(wanted): it must listen, and be a Unix socket where the setting says unix:."
            )
        }
    }
}
