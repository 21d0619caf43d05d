import Concurrency
import Glibc
import HTTP
import HTTPServer
import Testing

/// A feed that a test fills by hand.
private final class Script: BodyStream.Feed {
    private struct State {
        var steps: [BodyStream.Step]
        var ring: (@Sendable () -> Void)?
        var lastWords = 0
    }

    private let state: Lock<State>
    let isWaiting = Flag()
    let isCancelled = Flag()
    private let waiting: Duration

    init(_ steps: BodyStream.Step..., waiting: Duration = .milliseconds(20)) {
        state = Lock(State(steps: steps))
        self.waiting = waiting
    }

    var lastWords: Int { state.withLock { $0.lastWords } }

    func put(_ step: BodyStream.Step) {
        let ring = state.withLock { state in
            state.steps.append(step)
            return state.ring
        }
        ring?()
    }

    func take(isLast: Bool) -> BodyStream.Step {
        state.withLock { state in
            if isLast {
                state.lastWords += 1
                return .piece(Array("<bye>".utf8))
            }
            return state.steps.isEmpty ? .nothing : state.steps.removeFirst()
        }
    }

    func step() async -> BodyStream.Step {
        isWaiting.raise()
        do { try await EventLoop.current?.sleep(for: waiting) } catch { isCancelled.raise() }
        return .piece(Array("<waited>".utf8))
    }

    func listen(_ ring: @escaping @Sendable () -> Void) { state.withLock { $0.ring = ring } }

    func response(filler: BodyStream.Filler? = nil) -> Response {
        Response(status: 200, stream: BodyStream(filler: filler, feed: self) { nil })
    }
}

extension BodyStream.Step {
    fileprivate static func text(_ text: String) -> Self { .piece(Array(text.utf8)) }
}

private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

@Suite(.ownThreads) struct FeedTests {
    @Test func `pieces that are there and pieces that come later arrive in order, and the next request after them`()
        async throws
    {
        let feed = Script(.text("<1>"), .text(""), .text("<2>"))
        let server = try TestServer { $0.path == "/plain" ? plain("<plain>") : feed.response() }
        let client = Client(port: server.port)
        client.send(get + "GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        #expect(client.read(until: "<2>\r\n").hasSuffix("chunked\r\n\r\n3\r\n<1>\r\n3\r\n<2>\r\n"))
        #expect(server.server.runningRequests == 1)
        for number in 3..<100 { feed.put(.text("<\(number)>")) }
        let rest = client.read(until: "<99>\r\n")
        #expect(rest == (3..<100).map { "\($0 < 10 ? 3 : 4)\r\n<\($0)>\r\n" }.joined())
        feed.put(.end)
        let answer = try #require(client.readToEnd())
        #expect(answer.hasPrefix("0\r\n\r\nHTTP/1.1 200") && answer.hasSuffix("close\r\n\r\n<plain>"))
        #expect(await server.until { server.server.runningRequests == 0 })
        await server.stop()
    }

    @Test func `HTTP 1,0 gets the bare pieces`() async throws {
        let feed = Script(.text("<1>"), .text("<2>"), .end)
        let server = try TestServer { _ in feed.response() }
        let client = Client(port: server.port)
        client.send("GET / HTTP/1.0\r\n\r\n")
        #expect(client.readToEnd()?.hasSuffix("\r\nConnection: close\r\n\r\n<1><2>") == true)
        await server.stop()
    }

    @Test func `what one feed has to wait for comes in its place`() async throws {
        let feed = Script(.text("<1>"), .waits, .text("<2>"), .waits, .end)
        let server = try TestServer { _ in feed.response() }
        let client = Client(port: server.port)
        client.send(get)
        let answer = client.read(until: "0\r\n\r\n")
        #expect(answer.hasSuffix("\r\n\r\n3\r\n<1>\r\n8\r\n<waited>\r\n3\r\n<2>\r\n8\r\n<waited>\r\n0\r\n\r\n"))
        await server.stop()
    }

    @Test func `the same piece reaches everybody whole, also those who read late`() async throws {
        let piece = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 7 % 251) }
        let feeds = Lock<[Script]>([])
        let server = try TestServer { _ in
            let feed = Script()
            feeds.withLock { $0.append(feed) }
            return feed.response()
        }
        let clients = (0..<12).map { number in
            let client = Client(port: server.port)
            if number % 2 == 0 { client.setReceiveBuffer(65_536) }
            client.send(get)
            return client
        }
        #expect(await server.until { feeds.withLock { $0.count } == clients.count })
        for _ in 0..<20 { for feed in feeds.withLock({ $0 }) { feed.put(.piece(piece)) } }
        for feed in feeds.withLock({ $0 }) { feed.put(.end) }
        let chunk = Array("\(String(piece.count, radix: 16))\r\n".utf8) + piece + Array("\r\n".utf8)
        let expected = (0..<20).flatMap { _ in chunk } + Array("0\r\n\r\n".utf8)
        // Those who read at once are not held up by those who do not.
        for client in clients.indices.filter({ $0 % 2 == 1 }) + clients.indices.filter({ $0 % 2 == 0 }) {
            var bytes: [UInt8] = []
            while bytes.suffix(5) != Array("0\r\n\r\n".utf8)[...], case .bytes(let more) = clients[client].read() {
                bytes += more
            }
            let head = bytes.count - expected.count
            let isWhole = head > 0 && Array(bytes.dropFirst(max(0, head))) == expected
            #expect(isWhole)
        }
        await server.stop()
    }

    @Test(arguments: [false, true])
    func `a client that leaves is forgotten, and what waited for it is cancelled`(isWaiting: Bool) async throws {
        let feed = isWaiting ? Script(.waits, waiting: .seconds(60)) : Script(.text("<1>"))
        let server = try TestServer(ServerSettings(timeouts: .short)) { _ in
            feed.response(filler: BodyStream.Filler(bytes: Array(":\n".utf8), period: .seconds(60)))
        }
        let client = Client(port: server.port)
        client.send(get)
        #expect(client.read(until: "\r\n\r\n").contains("chunked"))
        if isWaiting { #expect(await server.until { feed.isWaiting.isRaised }) }
        client.leave()
        #expect(await server.until { server.server.liveConnections == 0 && server.server.runningRequests == 0 })
        #expect(feed.isCancelled.isRaised == isWaiting)
        feed.put(.text("nobody hears it"))
        await server.stop()
    }

    @Test(arguments: [false, true])
    func `at shutdown a feed may say a last word, and ends properly`(isWaiting: Bool) async throws {
        let feed = isWaiting ? Script(.waits, waiting: .seconds(60)) : Script()
        let server = try TestServer { _ in feed.response() }
        let client = Client(port: server.port)
        client.send(get)
        #expect(client.read(until: "\r\n\r\n").contains("chunked"))
        if isWaiting { #expect(await server.until { feed.isWaiting.isRaised }) }
        let isDown = spawn(on: server.loops[0]) { await server.server.shutDown(grace: .seconds(30)) }
        let waited = isWaiting ? "8\r\n<waited>\r\n" : ""
        #expect(client.readToEnd() == waited + "5\r\n<bye>\r\n0\r\n\r\n")
        client.leave()
        await isDown.value
        #expect(feed.lastWords == 1)
        await server.stop()
    }

    @Test func `a reader that does not read is dropped, and its feed is not asked further`() async throws {
        let piece = [UInt8](repeating: 1, count: 1 << 20)
        let feed = Script()
        for _ in 0..<64 { feed.put(.piece(piece)) }
        let server = try TestServer(ServerSettings(timeouts: .short)) { _ in feed.response() }
        let client = Client(port: server.port)
        client.setReceiveBuffer(65_536)
        client.send(get)
        #expect(
            await server.until {
                server.logged.contains { if case .timedOut(.write, _) = $0 { true } else { false } }
            })
        #expect(await server.until { server.server.liveConnections == 0 && server.server.runningRequests == 0 })
        await server.stop()
    }
}
