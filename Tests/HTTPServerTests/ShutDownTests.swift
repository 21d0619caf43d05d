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
}
