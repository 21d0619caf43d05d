internal import CLinux
internal import Concurrency
internal import HTTP

extension Connection {
    /// The bytes as the client will read them: sealed, or as they are.
    ///
    /// - Returns: how many were taken, or a negative errno value; EAGAIN for a full socket.
    func transmit(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
        guard let envelope else { return unsafe linux_send(descriptor, bytes, count) }
        return unsafe envelope.write(bytes, count)
    }

    /// One step through the envelope.
    func read(through envelope: Envelope) {
        switch unsafe envelope.read(into: shard.input) {
        case .tls(.bytes(let count)):
            receive(count)
            // As on a plain socket; the end of the stream is read for.
            if !hasReadHangUp, envelope.tls?.isEmptied == true { isReadable = false }
        case .tls(.progress): break
        case .tls(.waiting), .waiting: isReadable = false
        case .tls(.end), .end: close()
        case .tls(.plainHTTP):
            shard.shared.log(.handshakeFailed(reason: "http request", peer))
            self.envelope = nil
            answerLast(.tlsExpected)
        case .tls(.failed(let reason)):
            if let reason { shard.shared.log(.handshakeFailed(reason: reason, peer)) }
            leave()
        case .header(let client):
            if !envelope.hasTLS { self.envelope = nil }
            if let client { speak(for: client) }
        case .refused(let refusal):
            shard.shared.log(.proxyHeaderRefused(refusal, peer))
            close()
        case .failed: leave()
        }
    }

    /// From here on the connection is that client's: for limits, for logs, and for what it may say about others.
    private func speak(for client: IPAddress) {
        let settings = shard.shared.settings
        peer = .ip(client)
        isProxy = settings.trustedProxies.contains(peer)
        guard !isProxy else { return }
        if shard.isBlocked(peer) {
            shard.shared.log(.blocked(peer))
            return envelope == nil ? answerLast(.sourceBlocked) : close()
        }
        let source = ConnectionCount.source(of: client)
        guard shard.shared.connections.assign(source) else {
            shard.shared.log(.connectionRefused(peer))
            // Before a handshake there is no way to say it.
            return envelope == nil ? answerLast(.tooManyConnections) : close()
        }
        self.source = source
    }
}
