import Concurrency
import Glibc
import HTTP
import HTTPServer
import Synchronization
import Testing

/// Numbered pieces, with a pause before each.
private func pieces(
    _ count: Int, pause: Duration? = nil, size: Int = 0, onNext: @escaping @Sendable (Int) -> Void = { _ in },
    filler: BodyStream.Filler? = nil
) -> Response {
    let place = Tally(0)
    return Response(
        status: 200,
        stream: BodyStream(filler: filler) {
            let number = place.next()
            if number > count { return nil }
            onNext(number)
            if let pause {
                do { try await EventLoop.current?.sleep(for: pause) } catch { return Array("<cancelled>".utf8) }
            }
            return Array("<\(number)>".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: size)
        })
}

private final class Tally: Sendable {
    private let value: Atomic<Int>
    init(_ value: Int) { self.value = Atomic(value) }
    var now: Int { value.load(ordering: .relaxed) }
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    func set(_ number: Int) { value.store(number, ordering: .relaxed) }
}

private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

@Suite(.ownThreads) struct StreamTests {
    @Test(arguments: [nil, Duration.milliseconds(5)])
    func `a stream arrives in chunks, and the request behind it is answered after it`(pause: Duration?) async throws {
        let server = try TestServer { $0.path == "/plain" ? plain("<plain>") : pieces(3, pause: pause) }
        let client = Client(port: server.port)
        client.send(get + "GET /plain HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let answer = try #require(client.readToEnd())
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1).map(String.init)
        #expect(parts[0].hasSuffix("\r\nTransfer-Encoding: chunked"))
        #expect(!parts[0].contains("Content-Length"))
        #expect(parts[1].hasPrefix("3\r\n<1>\r\n3\r\n<2>\r\n3\r\n<3>\r\n0\r\n\r\nHTTP/1.1 200"))
        #expect(parts[1].hasSuffix("Content-Length: 7\r\nConnection: close\r\n\r\n<plain>"))
        await server.stop()
    }

    @Test func `many streams without waiting follow one another on one connection`() async throws {
        let server = try TestServer { _ in pieces(100) }
        let client = Client(port: server.port)
        for _ in 0..<20 { client.send(get + get + get) }
        let answers = client.read(until: "0\r\n\r\n", times: 60)
        #expect(answers.utf8.count > 60 * 700 && !answers.contains("<cut>"))
        await server.stop()
    }

    @Test func `HTTP 1,0 gets the bare body until the connection closes`() async throws {
        let server = try TestServer { _ in pieces(3, pause: .milliseconds(1)) }
        let client = Client(port: server.port)
        client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        let answer = try #require(client.readToEnd())
        #expect(!answer.contains("Transfer-Encoding") && !answer.contains("Content-Length"))
        #expect(answer.hasSuffix("\r\nConnection: close\r\n\r\n<1><2><3>"))
        await server.stop()
    }

    @Test func `HEAD and answers without a body never pull the stream`() async throws {
        let pulled = Flag()
        let server = try TestServer { request in
            var response = pieces(3, onNext: { _ in pulled.raise() })
            if request.path == "/304" { response.status = 304 }
            return response
        }
        let client = Client(port: server.port)
        client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET /304 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let answer = try #require(client.readToEnd())
        #expect(answer.contains("chunked\r\n\r\nHTTP/1.1 304"))
        #expect(answer.hasSuffix("Connection: close\r\n\r\n"))
        #expect(!pulled.isRaised)
        await server.stop()
    }

    @Test func `a slow reader is never a piece ahead of what it reads`() async throws {
        let pulled = Tally(0)
        let size = 1 << 20
        let server = try TestServer { _ in pieces(32, size: size, onNext: { pulled.set($0) }) }
        let client = Client(port: server.port)
        client.setReceiveBuffer(65_536)
        client.send(get)
        _ = client.read(until: "<1>")
        try? await server.loops[0].sleep(for: .milliseconds(200))
        // The kernel's buffers hold some megabytes; the server holds one piece.
        let early = pulled.now
        #expect(early < 12)
        var count = 0
        while count < 31 * size, case .bytes(let bytes) = client.read() { count += bytes.count }
        #expect(pulled.now == 32)
        await server.stop()
    }

    @Test func `a client that does not read for the write timeout is dropped`() async throws {
        let server = try TestServer(ServerSettings(timeouts: .short)) { _ in pieces(.max, size: 1 << 20) }
        let client = Client(port: server.port)
        client.setReceiveBuffer(65_536)
        client.send(get)
        #expect(await server.until { server.server.liveConnections == 1 })
        #expect(await server.until { server.server.liveConnections == 0 && server.server.runningRequests == 0 })
        let timedOut = server.logged.contains { if case .timedOut(.write, _) = $0 { true } else { false } }
        #expect(timedOut)
        await server.stop()
    }

    @Test func `a stream without news outlives every timeout, and its filler is sent`() async throws {
        let filler = BodyStream.Filler(bytes: Array(":\n".utf8), period: .milliseconds(100))
        let server = try TestServer(ServerSettings(timeouts: .short)) { _ in
            pieces(1, pause: .milliseconds(900), filler: filler)
        }
        let client = Client(port: server.port)
        client.send(get)
        let answer = client.read(until: "0\r\n\r\n")
        #expect(answer.contains("<1>"))
        #expect((6...9).contains(answer.split(separator: "2\r\n:\n\r\n", omittingEmptySubsequences: false).count - 1))
        await server.stop()
    }

    enum Way: CaseIterable { case close, reset, closeUnix }

    @Test(arguments: Way.allCases)
    func `a client that leaves ends its stream's task`(way: Way) async throws {
        let cancelled = Flag()
        let filler = BodyStream.Filler(bytes: Array(":\n".utf8), period: .seconds(60))
        let server = try TestServer(ServerSettings(timeouts: .short)) { _ in
            Response(
                status: 200,
                stream: BodyStream(filler: filler) {
                    do { try await EventLoop.current?.sleep(for: .seconds(60)) } catch { cancelled.raise() }
                    return nil
                })
        }
        let path = "/tmp/aldrava-test-\(getpid())-stream-leave.sock"
        if way == .closeUnix { try server.server.listen(on: .unix(path: path, mode: 0o600, onlyUser: getuid())) }
        let client = way == .closeUnix ? Client(path: path) : Client(port: server.port)
        client.send(get)
        #expect(client.read(until: "\r\n\r\n").contains("chunked"))
        let start = MonotonicTime.now()
        if way == .reset { client.reset() } else { client.leave() }
        #expect(await server.until { cancelled.isRaised })
        #expect(MonotonicTime.now().since(start) < .seconds(1))
        #expect(await server.until { server.server.liveConnections == 0 && server.server.runningRequests == 0 })
        await server.stop()
    }

    @Test func `a client that only stops sending reads its stream to the end`() async throws {
        let filler = BodyStream.Filler(bytes: Array(":\n".utf8), period: .seconds(60))
        let server = try TestServer(ServerSettings(timeouts: .short)) { _ in
            pieces(3, pause: .milliseconds(150), filler: filler)
        }
        let client = Client(port: server.port)
        client.send(get)
        client.endSending()
        #expect(client.readToEnd()?.hasSuffix("3\r\n<3>\r\n0\r\n\r\n") == true)
        await server.stop()
    }

    @Test func `at shutdown a stream may say a last word, and ends properly`() async throws {
        let asked = Tally(0)
        let server = try TestServer { _ in pieces(.max, pause: .seconds(60), onNext: { asked.set($0) }) }
        let client = Client(port: server.port)
        client.send(get)
        #expect(client.read(until: "\r\n\r\n").contains("chunked"))
        let isDown = spawn(on: server.loops[0]) { await server.server.shutDown(grace: .seconds(30)) }
        #expect(client.readToEnd() == "b\r\n<cancelled>\r\n0\r\n\r\n")
        client.leave()
        await isDown.value
        #expect(asked.now == 1)
        await server.stop()
    }

    @Test func `at shutdown a stream that never ends is cut after one more piece`() async throws {
        let server = try TestServer { _ in
            Response(
                status: 200,
                stream: BodyStream {
                    try? await EventLoop.current?.sleep(for: .milliseconds(1))
                    return Array("<more>".utf8)
                })
        }
        let client = Client(port: server.port)
        client.send(get)
        #expect(client.read(until: "<more>").contains("chunked"))
        let isDown = spawn(on: server.loops[0]) { await server.server.shutDown(grace: .seconds(30)) }
        #expect(client.readToEnd()?.hasSuffix("<more>\r\n0\r\n\r\n") == true)
        client.leave()
        await isDown.value
        await server.stop()
    }

    @Test func `at shutdown a reader that does not read is dropped after the grace`() async throws {
        let server = try TestServer { _ in pieces(.max, size: 1 << 20) }
        let client = Client(port: server.port)
        client.setReceiveBuffer(65_536)
        client.send(get)
        _ = client.read(until: "<1>")
        try? await server.loops[0].sleep(for: .milliseconds(100))
        let start = MonotonicTime.now()
        await server.server.shutDown(grace: .milliseconds(200))
        #expect(MonotonicTime.now().since(start) < .seconds(2))
        await server.stop()
    }
}
