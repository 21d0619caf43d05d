import Concurrency
import HTTP
import HTTPServer
import Synchronization
import Testing

final class Flag: Sendable {
    private let state = Atomic(false)
    var isRaised: Bool { state.load(ordering: .sequentiallyConsistent) }
    func raise() { state.store(true, ordering: .sequentiallyConsistent) }
}

extension ServerSettings.Timeouts {
    static let short = ServerSettings.Timeouts(
        head: .milliseconds(300), body: .milliseconds(300), idle: .milliseconds(300), write: .milliseconds(300),
        linger: .milliseconds(500), probe: .milliseconds(100))
}

/// A server on two loops, unless told otherwise, and a port the system chose.
final class TestServer: Sendable {
    let loops: [EventLoop]
    let server: HTTPServer
    let port: UInt16
    private let events: Events

    private final class Events: Sendable {
        let all = Lock<[ServerEvent]>([])
    }

    init(
        _ settings: ServerSettings = ServerSettings(), loops count: Int = 2, journal: RequestJournal? = nil,
        answerNow: @escaping HTTPServer.ImmediateHandler = { _ in nil }, handler: @escaping HTTPServer.Handler
    ) throws {
        let loops = try (0..<count).map { try EventLoop(name: "test \($0)") }
        for loop in loops { loop.start() }
        let events = Events()
        self.loops = loops
        self.events = events
        let log: @Sendable (ServerEvent) -> Void = { event in events.all.withLock { $0.append(event) } }
        server = HTTPServer(
            loops: loops, settings: settings, journal: journal, log: log, answerNow: answerNow, handler: handler)
        port = try server.listen(on: .tcp(host: "127.0.0.1", port: 0)).port ?? 0
    }

    var logged: [ServerEvent] { events.all.withLock { $0 } }

    /// Shuts down, and expects that nothing is left.
    func stop() async {
        await server.shutDown(grace: .zero)
        #expect(server.liveConnections == 0)
        #expect(server.runningRequests == 0)
        for loop in loops { loop.stop() }
    }

    /// Sleeps until the condition holds, five seconds at most.
    func until(_ condition: () -> Bool) async -> Bool {
        let end = MonotonicTime.now() + .seconds(5)
        while !condition() {
            if MonotonicTime.now() > end { return false }
            try? await loops[0].sleep(for: .milliseconds(2))
        }
        return true
    }
}

func plain(_ text: String, status: Int = 200) -> Response {
    var headers = Headers()
    headers.set("Content-Type", "text/plain; charset=utf-8")
    return Response(status: status, headers: headers, body: Array(text.utf8))
}

func seconds(_ body: () -> Void) -> Double {
    let start = MonotonicTime.now()
    body()
    return MonotonicTime.now().since(start) / .seconds(1)
}
