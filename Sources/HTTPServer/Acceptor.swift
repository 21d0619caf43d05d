internal import CLinux
internal import Concurrency
internal import Glibc
internal import HTTP

/// Takes connections from a listening socket for one loop.
///
/// Every loop watches the same socket with EPOLLEXCLUSIVE, so a new connection wakes one of them.
final class Acceptor: PolledFile, @unchecked Sendable {
    private let socket: ListeningSocket
    private let certificates: TLSCertificates?
    private unowned let shard: Shard
    private var pause: LoopTimer?

    /// Connections taken in a row before others have their turn.
    private static let most = 32
    private static let unavailable = bytes(of: .tooManyConnections)
    private static let forbidden = bytes(of: .sourceBlocked)

    init(socket: ListeningSocket, certificates: TLSCertificates?, shard: Shard) {
        self.socket = socket
        self.certificates = certificates
        self.shard = shard
        super.init(descriptor: socket.descriptor)
    }

    func resume() {
        pause = nil
        do throws(SystemFault) {
            try shard.loop.register(self, for: [.read, .exclusive])
        } catch {
            wait(error)
        }
    }

    func stop() {
        if let pause { shard.loop.cancel(pause) }
        pause = nil
        shard.loop.unregister(self)
    }

    override func isReady(_ readiness: Readiness) {
        for _ in 0..<Self.most {
            var peer = linux_peer()
            let file = unsafe linux_accept(descriptor, &peer)
            if file >= 0 {
                take(file, peer)
                continue
            }
            switch -file {
            case EAGAIN: return
            // The client gave up while it waited, or its network failed: accept(2) asks to go on with the next.
            case ECONNABORTED, EINTR, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, ENETUNREACH,
                EPERM:
                continue
            // Out of descriptors or memory: the socket stays ready, so trying at once would spin.
            case let code:
                shard.loop.unregister(self)
                wait(SystemFault(call: "accept4", code: code))
                return
            }
        }
    }

    private func wait(_ fault: SystemFault) {
        shard.shared.log(.acceptPaused(fault))
        let timer = LoopTimer { [weak self] in self?.resume() }
        pause = timer
        shard.loop.set(timer, to: shard.loop.now + .milliseconds(100))
    }

    private func take(_ file: Int32, _ peer: linux_peer) {
        if let user = socket.isForeign(file) {
            shard.shared.log(.foreignUser(user))
            _ = close(file)
            return
        }
        let client = Self.address(of: peer)
        let settings = shard.shared.settings
        var source: AddressBlock?
        var hasProxyHeader = false
        if case .ip(let address) = client {
            hasProxyHeader = settings.proxyProtocol.contains { $0.contains(address) }
            if !hasProxyHeader, !settings.trustedProxies.contains(client) {
                source = ConnectionCount.source(of: address)
            }
        }
        if source != nil, shard.isBlocked(client) {
            shard.shared.log(.blocked(client))
            return refuse(file, Self.forbidden)
        }
        guard takePlace(source) else {
            shard.shared.log(.connectionRefused(client))
            return refuse(file, Self.unavailable)
        }
        var envelope: Envelope?
        if hasProxyHeader || certificates != nil {
            envelope = Envelope(
                descriptor: file, hasProxyHeader: hasProxyHeader, context: certificates?.context(at: shard.loop.now))
        }
        Connection(descriptor: file, peer: client, source: source, envelope: envelope, shard: shard).start()
    }

    /// Where all places are taken, the connection that was idle for longest makes room.
    private func takePlace(_ source: AddressBlock?) -> Bool {
        switch shard.shared.connections.take(source) {
        case .taken: true
        case .fullForSource: false
        case .full: shard.closeLongestIdle() && shard.shared.connections.take(source) == .taken
        }
    }

    /// Who waits for a handshake could not read the answer, and gets none.
    private func refuse(_ file: Int32, _ answer: [UInt8]) {
        if certificates == nil {
            _ = unsafe answer.withUnsafeBytes { unsafe linux_send(file, $0.baseAddress, $0.count) }
        }
        linux_end_sending(file)
        _ = close(file)
    }

    private static func bytes(of response: Response) -> [UInt8] {
        var bytes: [UInt8] = []
        response.serialise(into: &bytes, method: .get, keepsAlive: false)
        return bytes
    }

    private static func address(of peer: linux_peer) -> ClientAddress {
        let bytes = unsafe withUnsafeBytes(of: peer.address) { unsafe Array($0.prefix(Int(peer.count))) }
        return IPAddress(bytes: bytes).map(ClientAddress.ip) ?? .local
    }
}
