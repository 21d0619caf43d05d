import Concurrency
import HTTP
import HTTPServer
import Testing

@Suite(.ownThreads) struct ShutDownTests {
    @Test func `requests being handled finish, idle connections close, nobody new is let in`() async throws {
        let server = try TestServer { request in
            try? await EventLoop.current?.sleep(for: .milliseconds(200))
            return plain("<\(request.path)>")
        }
        let (idle, fresh, busy) = (Client(port: server.port), Client(port: server.port), Client(port: server.port))
        idle.send("GET /idle HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(idle.read(until: ">").hasSuffix("</idle>"))
        busy.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await server.until { server.server.runningRequests == 1 && server.server.liveConnections == 3 })
        let start = MonotonicTime.now()
        // On a loop, because the reads below may hold every thread of Swift's own pool.
        let isDown = spawn(on: server.loops[0]) { await server.server.shutDown(grace: .seconds(30)) }
        #expect(idle.readToEnd() == "")
        #expect(fresh.readToEnd() == "")
        let answer = busy.readToEnd()
        #expect(answer?.hasSuffix("Connection: close\r\n\r\n</1>") == true)
        busy.leave()
        await isDown.value
        #expect(MonotonicTime.now().since(start) < .seconds(5))
        #expect(throws: Never.self) { try ListeningSocket(.tcp(host: "127.0.0.1", port: server.port)) }
        await server.stop()
    }

    @Test func `a handler that hangs is cancelled after the grace`() async throws {
        let cancelled = Flag()
        let server = try TestServer { _ in
            do { try await EventLoop.current?.sleep(for: .seconds(60)) } catch { cancelled.raise() }
            return plain("late")
        }
        let client = Client(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(await server.until { server.server.runningRequests == 1 })
        let start = MonotonicTime.now()
        await server.server.shutDown(grace: .milliseconds(100))
        let took = MonotonicTime.now().since(start)
        #expect(took >= .milliseconds(100) && took < .seconds(2))
        #expect(cancelled.isRaised)
        await server.stop()
    }

    @Test func `during the farewell a kept connection brings one more request, and is closed after it`() async throws {
        let server = try TestServer { plain("<\($0.path)>") }
        let (kept, fresh, silent) = (Client(port: server.port), Client(port: server.port), Client(port: server.port))
        kept.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(kept.read(until: ">").hasSuffix("</1>"))
        #expect(await server.until { server.server.liveConnections == 3 })
        let start = MonotonicTime.now()
        let isDown = spawn(on: server.loops[0]) {
            await server.server.shutDown(grace: .seconds(30), farewell: .milliseconds(400))
        }
        try await server.loops[0].sleep(for: .milliseconds(100))
        kept.send("GET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
        fresh.send("GET /3 HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(kept.readToEnd()?.hasSuffix("Connection: close\r\n\r\n</2>") == true)
        #expect(fresh.readToEnd()?.hasSuffix("Connection: close\r\n\r\n</3>") == true)
        #expect(silent.readToEnd() == "")
        #expect(MonotonicTime.now().since(start) >= .milliseconds(400))
        kept.leave()
        fresh.leave()
        await isDown.value
        await server.stop()
    }

    @Test func `a farewell ends as soon as nobody is left`() async throws {
        let server = try TestServer { _ in plain("<>") }
        let client = Client(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        _ = client.readToEnd()
        client.leave()
        #expect(await server.until { server.server.liveConnections == 0 })
        let start = MonotonicTime.now()
        await server.server.shutDown(grace: .seconds(30), farewell: .seconds(20))
        #expect(MonotonicTime.now().since(start) < .seconds(5))
        await server.stop()
    }
}
