import Concurrency
import HTTP
import HTTPServer
import Testing

/// What happens when all places are taken.
@Suite(.ownThreads) struct RoomTests {
    static let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    private func ask(_ client: Client) -> Bool {
        client.send(Self.request) && client.read(until: ">").hasPrefix("HTTP/1.1 200 ")
    }

    private func madeRoom(_ server: TestServer) -> Int {
        server.logged.count { if case .madeRoom = $0 { true } else { false } }
    }

    @Test func `the connection that was idle for longest makes room for a newcomer`() async throws {
        let server = try TestServer(ServerSettings(maxConnections: 3), loops: 1) { _ in plain("<>") }
        let clients = (0..<3).map { _ in Client(port: server.port) }
        for client in clients + [clients[0]] {
            #expect(ask(client))
            try await server.loops[0].sleep(for: .milliseconds(5))
        }
        let newcomer = Client(port: server.port)
        #expect(ask(newcomer))
        #expect(clients[1].readToEnd() == "")
        for client in [clients[0], clients[2], newcomer] { #expect(ask(client)) }
        #expect(madeRoom(server) == 1)
        await server.stop()
    }

    @Test func `who has asked since the last look is not the one to go`() async throws {
        let server = try TestServer(ServerSettings(maxConnections: 3), loops: 1) { _ in plain("<>") }
        let clients = (0..<3).map { _ in Client(port: server.port) }
        for client in clients {
            #expect(ask(client))
            try await server.loops[0].sleep(for: .milliseconds(5))
        }
        // The look for this one finds all three, in order.
        let first = Client(port: server.port)
        #expect(ask(first))
        #expect(clients[0].readToEnd() == "")
        #expect(ask(clients[1]))
        let second = Client(port: server.port)
        #expect(ask(second))
        #expect(clients[2].readToEnd() == "")
        for client in [clients[1], first, second] { #expect(ask(client)) }
        await server.stop()
    }

    @Test func `connections that say nothing cannot hold all places`() async throws {
        let server = try TestServer(ServerSettings(maxConnections: 8), loops: 1) { _ in plain("<>") }
        let silent = (0..<100).map { _ in Client(port: server.port) }
        // Within one look at all connections only so many are noted, so the next look may have to come first.
        try await server.loops[0].sleep(for: .milliseconds(50))
        for _ in 0..<20 {
            let client = Client(port: server.port)
            #expect(ask(client))
            try await server.loops[0].sleep(for: .milliseconds(15))
        }
        #expect(server.server.liveConnections <= 8)
        withExtendedLifetime(silent) {}
        await server.stop()
    }

    @Test func `a connection with a request under way or half sent keeps its place`() async throws {
        let mayEnd = Flag()
        let server = try TestServer(ServerSettings(maxConnections: 2), loops: 1) { _ in
            while !mayEnd.isRaised { try? await EventLoop.current?.sleep(for: .milliseconds(2)) }
            return plain("<>")
        }
        let working = Client(port: server.port)
        working.send(Self.request)
        let writing = Client(port: server.port)
        writing.send("GET / HTTP/1.1\r\nHost")
        #expect(await server.until { server.server.liveConnections == 2 && server.server.runningRequests == 1 })
        try await server.loops[0].sleep(for: .milliseconds(20))
        #expect(Client(port: server.port).readToEnd()?.hasPrefix("HTTP/1.1 503 ") == true)
        mayEnd.raise()
        #expect(working.read(until: ">").hasPrefix("HTTP/1.1 200 "))
        writing.send(": x\r\n\r\n")
        #expect(writing.read(until: ">").hasPrefix("HTTP/1.1 200 "))
        #expect(madeRoom(server) == 0)
        await server.stop()
    }

    @Test func `nobody makes room for an address that has enough places`() async throws {
        let settings = ServerSettings(maxConnections: 2, maxConnectionsPerAddress: 2)
        let server = try TestServer(settings, loops: 1) { _ in plain("<>") }
        let clients = (0..<2).map { _ in Client(port: server.port) }
        for client in clients { #expect(ask(client)) }
        #expect(Client(port: server.port).readToEnd()?.hasPrefix("HTTP/1.1 503 ") == true)
        for client in clients { #expect(ask(client)) }
        await server.stop()
    }
}
