internal import CLinux
internal import Concurrency
internal import Glibc
internal import HTTP
internal import Synchronization

/// One client's connection: read, parse, handle, write, and again.
///
/// Requests are handled one after the other. While a handler runs nothing more is read, so a client can never queue
/// more than one read buffer. The descriptor is watched edge-triggered from the beginning to the end: a request costs
/// one read and one write and no call to epoll. Used on its loop only; owns the descriptor.
final class Connection: PolledFile, @unchecked Sendable {
    /// The other end of the socket; with the PROXY protocol, whom the proxy speaks for.
    var peer: ClientAddress
    let shard: Shard
    /// Whose places this connection takes one of.
    var source: AddressBlock?
    /// Whether what the peer says about its clients is believed.
    var isProxy: Bool
    /// `nil` for HTTP directly on the socket.
    var envelope: Envelope?
    let parser: LoopOwned<RequestParser>
    var phase = Phase.first

    /// There may be something to read.
    var isReadable = false
    /// The client said that it sends nothing more; what it sent before may still be unread.
    private(set) var hasReadHangUp = false

    /// What is left of answers that the client is slow to read.
    var pending: [UInt8] {
        @inline(__always) _read { yield unsent.value }
        @inline(__always) _modify { yield &unsent.value }
    }
    private let unsent = LoopOwned<[UInt8]>([])
    var pendingStart = 0
    /// The answer just written is the last.
    var isLast = false
    private(set) var isAdvancing = false
    /// What is being done for the request: its handler, later its answer's stream.
    var task: Task<Void, Never>?
    /// The answer being streamed.
    var streaming: Streaming?
    var current = Current()
    private(set) lazy var timer = LoopTimer { [weak self] in self?.ranOut() }

    enum Phase {
        /// Connected, and not a byte has come.
        case first
        case idle
        case head
        case body
        case handling
        /// The answer's head is sent; its body is made while it is sent.
        case streaming
        /// The last answer is sent; waiting for the client to close, so that it can read that answer.
        case lingering
        case closed
    }

    /// What must be known of a request to write its answer.
    struct Current {
        var method = Method.get
        var version = Request.Version.http11
        var keepsAlive = true
        var id = ""
    }

    /// Reads in a row before other connections have their turn.
    private static let mostReads = 16
    /// The same for requests: one read can hold thousands of small ones.
    private static let mostRequests = 64
    /// Answers are gathered up to this size before they are written.
    private static let mostGathered = 65_536

    init(descriptor: Int32, peer: ClientAddress, source: AddressBlock?, envelope: Envelope?, shard: Shard) {
        self.peer = peer
        self.source = source
        self.envelope = envelope
        self.shard = shard
        isProxy = shard.shared.settings.trustedProxies.contains(peer)
        parser = LoopOwned(RequestParser(limits: shard.shared.settings.limits))
        super.init(descriptor: descriptor)
    }

    func start() {
        shard.add(self)
        do throws(SystemFault) {
            try shard.loop.register(self, for: [.read, .write, .readHangUp, .edge])
        } catch {
            close()
            return
        }
        setDeadline(shard.patience.head)
        // Its first bytes are usually there already.
        isReadable = true
        advance()
    }

    // MARK: Events

    override func isReady(_ readiness: Readiness) {
        if !readiness.isDisjoint(with: [.error, .hangUp]), !isHalfClosedOnly(readiness) { return leave() }
        if readiness.contains(.read) {
            isReadable = true
            envelope?.tls?.moreCame()
        }
        if readiness.contains(.readHangUp), !hasReadHangUp {
            hasReadHangUp = true
            isReadable = true
            if phase == .handling || phase == .streaming { clientStoppedSending() }
        }
        if let envelope, readiness.contains(.write), envelope.readAwaitsWriting { isReadable = true }
        if readiness.contains(.write), !pending.isEmpty {
            flush()
            // Requests that came meanwhile may be waiting in the parser.
            advance()
        } else if isReadable {
            advance()
        }
    }

    /// A hang-up is also reported when both sides have ended their direction properly, which lingering leads to.
    private func isHalfClosedOnly(_ readiness: Readiness) -> Bool {
        phase == .lingering && !readiness.contains(.error)
    }

    /// Goes as far as possible: reads, parses, starts handlers, gathers answers; then writes them.
    func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        shard.journal?.reads(peer, isProxy: source == nil)
        var reads = 0
        var requests = 0
        turn: while pending.isEmpty {
            switch phase {
            case .closed, .handling, .streaming: break turn
            case .lingering:
                guard isReadable, reads < Self.mostReads else { break turn }
                reads += 1
                discard()
                continue
            case .first, .idle, .head, .body: break
            }
            switch parser.value.next() {
            case .request(let request):
                requests += 1
                begin(request)
            case .refused(let refusal): refuse(refusal)
            case .expectContinue:
                if !parser.value.hasUnreadBytes { shard.output.append(contentsOf: Response.continueLine) }
            case .needMore(let need):
                expect(need)
                if !shard.output.isEmpty { flush() }
                guard pending.isEmpty, phase != .closed, isReadable else { break turn }
                if reads == Self.mostReads {
                    shard.loop.execute { [self] in advance() }
                    break turn
                }
                reads += 1
                read()
            }
            if isLast || shard.output.count >= Self.mostGathered { flush() }
            if requests == Self.mostRequests, phase == .idle {
                shard.loop.execute { [self] in advance() }
                break turn
            }
        }
        if !shard.output.isEmpty { flush() }
        shard.journal?.rests()
        isAdvancing = false
    }

    private func read() {
        if let envelope { return read(through: envelope) }
        let count = unsafe linux_receive(descriptor, shard.input.baseAddress, shard.input.count)
        if count > 0 {
            receive(count)
            // A short read has emptied the socket; what comes later is an event of its own. The end of the stream
            // is not: it is read for.
            if count < Shard.inputSize, !hasReadHangUp { isReadable = false }
        } else if count == 0 {
            // Nothing can complete what has begun.
            close()
        } else if count == -Int(EAGAIN) {
            isReadable = false
        } else {
            leave()
        }
    }

    /// Gives the parser what stands in the shard's buffer.
    func receive(_ count: Int) { unsafe parser.value.append(UnsafeRawBufferPointer(rebasing: shard.input[..<count])) }

    private func discard() {
        let count = unsafe linux_receive(descriptor, shard.input.baseAddress, shard.input.count)
        if count > 0 { return }
        isReadable = false
        if count != -Int(EAGAIN) { close() }
    }

    // MARK: Requests

    /// Notes what the client owes now; the limit for it is set once and not moved by each byte.
    private func expect(_ need: RequestParser.Need) {
        switch need {
        case .start: break
        case .head:
            guard phase != .head else { return }
            // The time for the first head begins with the connection.
            if phase != .first { setDeadline(shard.patience.head) }
            phase = .head
        case .body:
            guard phase != .body else { return }
            phase = .body
            setDeadline(shard.patience.body)
        }
    }

    private func begin(_ request: consuming Request) {
        phase = .handling
        current.method = request.method
        current.version = request.version
        current.keepsAlive = request.keepsAlive
        current.id = request.ownID ?? shard.nextRequestID()
        request.arrive(
            from: peer, isSecure: envelope != nil, isFromProxy: isProxy, id: current.id,
            trace: shard.trace(of: request))
        if isProxy {
            let proxies = shard.shared.settings.trustedProxies
            request.client = proxies.client(peer: peer, request.headers)
            request.isSecure = proxies.isSecure(peer: peer, overTLS: envelope != nil, request.headers)
        }
        if isProxy, shard.isBlocked(request.client) { return finish(.sourceBlocked) }
        let (shared, journal) = (shard.shared, shard.journal)
        let place = journal?.begin(request)
        if let response = shared.answerNow(request) {
            journal?.end(place)
            return finish(response)
        }
        setDeadline(nil)
        shared.running.add(1, ordering: .relaxed)
        let task = startNow(on: shard.loop) { [request] in
            journal?.adopt(place)
            let response = await shared.handler(request)
            journal?.end(place)
            shared.running.subtract(1, ordering: .relaxed)
            self.finish(response)
        }
        guard phase == .handling else { return }
        self.task = task
        if hasReadHangUp { clientStoppedSending() }
    }

    /// The handler returned: within ``begin(_:)``, or later on the loop.
    private func finish(_ response: consuming Response) {
        task = nil
        guard phase == .handling else { return }
        if let stream = response.stream, response.mayHaveBody, current.method != .head {
            return begin(stream, of: response)
        }
        answered()
        write(response)
        goOn()
    }

    /// The answer is complete but for writing it: the next request may come.
    func answered() {
        phase = .idle
        setDeadline(pending.isEmpty ? shard.patience.idle : shard.patience.write)
        isLast = !current.keepsAlive || shard.isDraining
    }

    /// Writes what was gathered, and looks for requests that came meanwhile.
    func goOn() {
        guard !isAdvancing else { return }
        if isLast { flush() }
        advance()
    }

    private func refuse(_ refusal: Refusal) {
        shard.shared.log(.requestRefused(refusal, peer))
        answerLast(refusal.response)
    }

    /// Answers a request that was not understood or did not come in time, and ends the connection.
    func answerLast(_ response: Response) {
        current = Current()
        current.keepsAlive = false
        current.id = shard.nextRequestID()
        isLast = true
        write(response)
    }

    private func write(_ response: consuming Response) { write(response, keepsAlive: !isLast) }

    func write(_ response: consuming Response, keepsAlive: Bool) {
        response.serialise(
            into: &shard.output, method: current.method, version: current.version, keepsAlive: keepsAlive,
            requestID: current.id, date: shard.date(), further: envelope == nil ? nil : shard.transportSecurity)
    }

    // MARK: The end

    /// Everything is written and this was the last answer: say so, and give the client time to read it.
    ///
    /// Closing at once would reset the connection if the client has sent more than was read, and the reset would
    /// overtake the answer.
    func linger() {
        envelope?.tls?.end()
        linux_end_sending(descriptor)
        phase = .lingering
        setDeadline(shard.patience.linger)
        isReadable = true
    }

    /// The client is gone: nobody waits for what its request is doing.
    func leave() {
        if phase == .handling { shard.shared.log(.clientLeft(peer, requestID: current.id)) }
        close()
    }

    /// The server stops: a stream is asked to end.
    func drain() {
        if phase == .streaming { endStreaming() }
    }

    func closeIfIdle() {
        isReadable = true
        advance()
        if phase == .first || phase == .idle, pending.isEmpty, !isAdvancing { close() }
        // What has begun to come has a moment to come completely: slow senders would hold up the stop.
        if phase == .head || phase == .body, pending.isEmpty { setDeadline(shard.patience.linger) }
    }

    func close() {
        guard phase != .closed else { return }
        phase = .closed
        let task = task.take()
        let streaming = streaming.take()
        if pending.isEmpty { envelope?.tls?.end() }
        envelope = nil
        pending = []
        pendingStart = 0
        shard.loop.cancel(timer)
        shard.loop.unregister(self)
        shard.remove(self)
        _ = Glibc.close(descriptor)
        shard.shared.connections.giveBack(source)
        // Last, because cancelling calls code of others.
        task?.cancel()
        streaming?.resume()
    }
}
