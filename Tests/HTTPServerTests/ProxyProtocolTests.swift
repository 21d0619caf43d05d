import Concurrency
import Glibc
import HTTP
import HTTPServer
import Testing

@Suite(.ownThreads) struct ProxyProtocolTests {
    static let request = "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"

    private func settings(_ change: (inout ServerSettings) -> Void = { _ in }) -> ServerSettings {
        var settings = ServerSettings()
        settings.proxyProtocol = AddressBlock("127.0.0.0/8").map { [$0] } ?? []
        change(&settings)
        return settings
    }

    private func header(_ last: UInt8, command: UInt8 = 0x21) -> [UInt8] {
        [0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, command, 0x11, 0, 12]
            + [192, 0, 2, last, 127, 0, 0, 1, 0x30, 0x39, 0, 80]
    }

    private func send(_ bytes: [UInt8], on client: Client) {
        _ = unsafe Glibc.send(client.socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    @Test func `a request counts for the client that the proxy names`() async throws {
        let server = try TestServer(settings()) { plain("<\($0.client)>") }
        let client = Client(port: server.port)
        send(header(7) + Array(Self.request.utf8), on: client)
        #expect(client.read(until: ">").hasSuffix("<192.0.2.7>"))
        client.send(Self.request)
        #expect(client.read(until: ">").hasSuffix("<192.0.2.7>"))
        await server.stop()
    }

    @Test func `the header may come one byte at a time`() async throws {
        let server = try TestServer(settings()) { plain("<\($0.client)>") }
        let client = Client(port: server.port)
        for byte in header(7) + Array(Self.request.utf8) {
            send([byte], on: client)
            try await server.loops[0].sleep(for: .milliseconds(1))
        }
        #expect(client.read(until: ">").hasSuffix("<192.0.2.7>"))
        await server.stop()
    }

    @Test func `a connection of the proxy's own counts for the proxy`() async throws {
        let server = try TestServer(settings()) { plain("<\($0.client)>") }
        let client = Client(port: server.port)
        send(header(7, command: 0x20) + Array(Self.request.utf8), on: client)
        #expect(client.read(until: ">").hasSuffix("<127.0.0.1>"))
        await server.stop()
    }

    @Test func `a client that is itself a trusted proxy is believed further`() async throws {
        let settings = settings {
            $0.trustedProxies = TrustedProxies(blocks: AddressBlock("192.0.2.7").map { [$0] } ?? [], trustsLocal: false)
        }
        let server = try TestServer(settings) { plain("<\($0.client)>") }
        for (last, expected): (UInt8, String) in [(7, "203.0.113.9"), (8, "192.0.2.8")] {
            let client = Client(port: server.port)
            send(header(last) + Array(Self.request.utf8), on: client)
            #expect(client.read(until: ">").hasSuffix("<\(expected)>"))
        }
        await server.stop()
    }

    @Test func `a connection from a listed proxy without the header is closed`() async throws {
        let server = try TestServer(settings()) { _ in plain("never") }
        let client = Client(port: server.port)
        client.send(Self.request)
        #expect(client.readToEnd()?.isEmpty != false)
        #expect(server.logged.contains { if case .proxyHeaderRefused(.missing, _) = $0 { true } else { false } })
        await server.stop()
    }

    @Test func `from anybody else the header is noise`() async throws {
        let server = try TestServer { plain("<\($0.client)>") }
        let client = Client(port: server.port)
        send(header(7) + Array(Self.request.utf8), on: client)
        #expect(client.readToEnd()?.hasPrefix("HTTP/1.1 400 ") == true)
        await server.stop()
    }

    @Test func `a header that does not come ends the connection after the time for a head`() async throws {
        let server = try TestServer(settings { $0.timeouts = .short }) { _ in plain("never") }
        let client = Client(port: server.port)
        send(Array(header(7).dropLast()), on: client)
        var rest: String?
        #expect(seconds { rest = client.readToEnd() } < 2)
        #expect(rest == "")
        #expect(server.logged.contains { if case .timedOut(.proxyHeader, _) = $0 { true } else { false } })
        await server.stop()
    }

    @Test func `places per address are those of the clients, not of the proxy`() async throws {
        let server = try TestServer(settings { $0.maxConnectionsPerAddress = 2 }) { _ in plain("<>") }
        let clients = (0..<6).map { _ in Client(port: server.port) }
        for (index, client) in clients.enumerated() {
            send(header(UInt8(index / 2)) + Array(Self.request.utf8), on: client)
            #expect(client.read(until: ">").hasPrefix("HTTP/1.1 200 "))
        }
        let third = Client(port: server.port)
        send(header(0) + Array(Self.request.utf8), on: third)
        #expect(third.readToEnd()?.hasPrefix("HTTP/1.1 503 ") == true)
        third.leave()
        clients[0].leave()
        #expect(await server.until { server.server.liveConnections == 5 })
        let fourth = Client(port: server.port)
        send(header(0) + Array(Self.request.utf8), on: fourth)
        #expect(fourth.read(until: ">").hasPrefix("HTTP/1.1 200 "))
        // Optimised code would let go of the others, and so of their places, as soon as they are not needed.
        withExtendedLifetime(clients) {}
        await server.stop()
    }

    @Test func `the header stands before TLS, in the clear`() async throws {
        let certificates = TestCertificates()
        let server = try TestServer(settings()) { plain("<\($0.client) \($0.isSecure)>") }
        let port = try server.server.listen(
            on: .tcp(host: "127.0.0.1", port: 0), certificates: try TLSCertificates([certificates.files(.one)])
        ).port
        let client = TLSClient(port: port ?? 0)
        send(header(7), on: client.client)
        #expect(client.shakeHands())
        client.send(Self.request)
        #expect(client.read(until: ">").hasSuffix("<192.0.2.7 true>"))
        await server.stop()
    }
}
