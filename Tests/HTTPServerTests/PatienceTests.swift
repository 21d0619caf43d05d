import Concurrency
import HTTP
import HTTPServer
import Testing

@Suite(.ownThreads) struct PatienceTests {
    let settings = ServerSettings(timeouts: .short)

    @Test func `a head that trickles in is refused after the time for a whole head`() async throws {
        let server = try TestServer(settings) { _ in plain("never") }
        let client = Client(port: server.port)
        let head = "GET / HTTP/1.1\r\nHost: x\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        var sent = 0
        for byte in head {
            guard client.send(String(byte)), server.logged.isEmpty else { break }
            sent += 1
            try await server.loops[0].sleep(for: .milliseconds(20))
        }
        #expect(sent < head.utf8.count)
        let answer = client.readToEnd()
        #expect(answer?.hasPrefix("HTTP/1.1 408 ") == true)
        #expect(answer?.contains("Connection: close") == true)
        await server.stop()
    }

    @Test func `a body that does not come is refused`() async throws {
        let server = try TestServer(settings) { _ in plain("never") }
        let client = Client(port: server.port)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc")
        var answer: String?
        #expect(seconds { answer = client.readToEnd() } < 2)
        #expect(answer?.hasPrefix("HTTP/1.1 408 ") == true)
        await server.stop()
    }

    @Test(arguments: ["", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"])
    func `a connection without requests is closed`(before: String) async throws {
        let server = try TestServer(settings) { _ in plain("<>") }
        let client = Client(port: server.port)
        if !before.isEmpty {
            client.send(before)
            #expect(client.read(until: ">").hasPrefix("HTTP/1.1 200"))
        }
        var rest: String?
        #expect(seconds { rest = client.readToEnd() } < 2)
        #expect(rest == "")
        await server.stop()
    }

    @Test func `a handler may take longer than any timeout`() async throws {
        let server = try TestServer(settings) { _ in
            try? await EventLoop.current?.sleep(for: .milliseconds(700))
            return plain("<done>")
        }
        let client = Client(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.read(until: ">").hasSuffix("<done>"))
        await server.stop()
    }

    @Test func `a client that does not read its answer is cut off`() async throws {
        let large = [UInt8](repeating: 0x78, count: 16_000_000)
        let server = try TestServer(settings) { _ in Response(status: 200, body: large) }
        let client = Client(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await server.until { !server.logged.isEmpty })
        #expect(await server.until { server.server.liveConnections == 0 })
        guard case .timedOut(.write, _)? = server.logged.first else {
            Issue.record("not logged")
            return
        }
        client.leave()
        await server.stop()
    }

    @Test func `a refused request is answered although the client goes on sending`() async throws {
        let server = try TestServer(settings) { _ in plain("never") }
        let client = Client(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost : x\r\n\r\n" + String(repeating: "x", count: 200_000))
        let answer = client.readToEnd()
        #expect(answer?.hasPrefix("HTTP/1.1 400 ") == true)
        #expect(answer?.contains("X-Request-Id:") == true)
        #expect(answer?.contains("Connection: close") == true)
        await server.stop()
    }

    @Test func `the last answer survives requests that came after it`() async throws {
        let server = try TestServer(settings) { _ in plain("bye") }
        let client = Client(port: server.port)
        client.send(
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + String(repeating: "x", count: 200_000))
        #expect(client.readToEnd()?.hasSuffix("bye") == true)
        await server.stop()
    }
}
