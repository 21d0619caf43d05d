public import Concurrency
public import HTTP
internal import Synchronization

/// An HTTP/1.1 server over event loops: each loop serves its own connections, without a lock between them.
///
/// ```swift
/// let server = HTTPServer(loops: loops, settings: ServerSettings(), log: { _ in }) { request in
///     Response(status: 200)
/// }
/// try server.listen(on: .tcp(host: "127.0.0.1", port: 8005))
/// ```
public final class HTTPServer: Sendable {
    public typealias Handler = @Sendable (Request) async -> Response
    /// The answer to a request that needs no waiting; `nil` for one that the ``Handler`` is to answer.
    public typealias ImmediateHandler = @Sendable (Request) -> Response?

    private let shards: [Shard]
    private let shared: Shared
    private let sockets = Lock<[ListeningSocket]>([])

    /// - Parameters:
    ///   - loops: at least one, started by the caller and stopped after ``shutDown(grace:)``.
    ///   - answerNow: asked first, without a task; it must neither block nor leave a trace of a request that it passes on.
    ///   - handler: called on the connection's loop, which it must not block. Its task is cancelled when the client leaves.
    ///   - journal: where requests are noted for the process that supervises this one, with a place for each loop.
    public init(
        loops: [EventLoop], settings: ServerSettings, journal: RequestJournal? = nil,
        log: @escaping @Sendable (ServerEvent) -> Void, answerNow: @escaping ImmediateHandler = { _ in nil },
        handler: @escaping Handler
    ) {
        let shared = Shared(settings: settings, journal: journal, log: log, answerNow: answerNow, handler: handler)
        self.shared = shared
        shards = loops.enumerated().map { Shard(index: $0, loop: $1, shared: shared) }
    }

    /// Connections that are open now.
    public var liveConnections: Int { shared.connections.total }

    /// Requests whose handler has not returned, also of clients that left.
    public var runningRequests: Int { shared.running.load(ordering: .relaxed) }

    /// Binds and serves an address.
    ///
    /// - Parameter certificates: with them TLS is spoken there, and only TLS.
    /// - Throws: ``ListenFault``, whose description is one sentence for the operator.
    @discardableResult
    public func listen(
        on address: ListenAddress, certificates: TLSCertificates? = nil
    ) throws(ListenFault) -> ListeningSocket {
        let socket = try ListeningSocket(address)
        listen(on: socket, certificates: certificates)
        return socket
    }

    /// Serves a socket that is bound already.
    public func listen(on socket: ListeningSocket, certificates: TLSCertificates? = nil) {
        sockets.withLock { $0.append(socket) }
        for shard in shards { shard.loop.execute { shard.accept(from: socket, certificates) } }
    }

    /// Stops accepting, lets the requests being handled finish, and closes everything.
    ///
    /// Every answer from now on says `Connection: close`. A connection without a request may still bring one during
    /// `farewell`, because a client that is just sending it would otherwise lose it; then it is closed. What is left
    /// after `grace` is cancelled and closed. Returns when no handler runs any more, or a second after the
    /// cancellation, because code that ignores it cannot be ended from outside.
    public func shutDown(grace: Duration, farewell: Duration = .zero) async {
        guard let loop = shards.first?.loop else { return }
        for shard in shards { await run(on: shard.loop) { shard.drain() } }
        for socket in sockets.withLock({ $0 }) { socket.close() }
        sockets.withLock { $0 = [] }

        let end = MonotonicTime.now() + grace
        await waitUntilQuiet(atMost: min(farewell, grace), on: loop)
        for shard in shards { await run(on: shard.loop) { shard.closeIdle() } }
        await waitUntilQuiet(atMost: end.since(.now()), on: loop)
        for shard in shards { await run(on: shard.loop) { shard.closeAll() } }
        await waitUntilQuiet(atMost: .seconds(1), on: loop)
    }

    private func run(on loop: EventLoop, _ body: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { continuation in
            loop.execute {
                body()
                continuation.resume()
            }
        }
    }

    private func waitUntilQuiet(atMost limit: Duration, on loop: EventLoop) async {
        let end = MonotonicTime.now() + limit
        while liveConnections > 0 || runningRequests > 0, MonotonicTime.now() < end {
            do throws(CancellationError) { try await loop.sleep(for: .milliseconds(5)) } catch { return }
        }
    }
}

/// What the loops share; everything in it is constant or counts.
final class Shared: Sendable {
    let settings: ServerSettings
    let journal: RequestJournal?
    let log: @Sendable (ServerEvent) -> Void
    let answerNow: HTTPServer.ImmediateHandler
    let handler: HTTPServer.Handler
    let connections: ConnectionCount
    let running = Atomic(0)

    init(
        settings: ServerSettings, journal: RequestJournal?, log: @escaping @Sendable (ServerEvent) -> Void,
        answerNow: @escaping HTTPServer.ImmediateHandler, handler: @escaping HTTPServer.Handler
    ) {
        self.settings = settings
        self.journal = journal
        self.log = log
        self.answerNow = answerNow
        self.handler = handler
        connections = ConnectionCount(most: settings.maxConnections, mostPerSource: settings.maxConnectionsPerAddress)
    }
}
