import Concurrency
import HTTP
import HTTPServer
import Testing

@Suite(.ownThreads) struct JournalTests {
    private func journal() throws -> RequestJournal { try #require(RequestJournal(loops: 2)) }

    @Test func `what is under way is noted without its query, and nothing that has ended`() async throws {
        let journal = try journal()
        let server = try TestServer(journal: journal) { request in
            if request.path.hasPrefix("/slow") { try? await EventLoop.current?.sleep(for: .seconds(60)) }
            return plain("<>")
        }
        let (quick, slow) = (Client(port: server.port), Client(port: server.port))
        quick.send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(quick.read(until: ">").hasPrefix("HTTP/1.1 200"))
        let path = "/slow" + String(repeating: "x", count: 300)
        slow.send("POST \(path)?password=hunter2 HTTP/1.1\r\nHost: x\r\nX-Request-Id: mine\r\n")
        slow.send("Content-Length: 0\r\n\r\n")
        #expect(await server.until { server.server.runningRequests == 1 })
        let account = journal.takeAccount()
        #expect(!account.hasFault)
        #expect(account.culprit == nil && account.reader == nil)
        #expect(account.underWay.map(\.id) == ["mine"])
        #expect(account.underWay.first?.method == .post)
        #expect(account.underWay.first?.path == String(path.prefix(160)))
        #expect(account.underWay.first?.source.description == "127.0.0.1")
        #expect(journal.takeAccount().underWay.isEmpty, "taken once")
        slow.leave()
        await server.stop()
    }

    @Test func `more requests than there are places are answered all the same`() async throws {
        let journal = try journal()
        let server = try TestServer(ServerSettings(maxConnectionsPerAddress: 2_000), journal: journal) { _ in
            try? await EventLoop.current?.sleep(for: .milliseconds(300))
            return plain("<>")
        }
        let clients = (0..<600).map { _ in Client(port: server.port) }
        for client in clients { client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
        for client in clients { #expect(client.read(until: ">").hasPrefix("HTTP/1.1 200")) }
        await server.stop()
        #expect(journal.takeAccount().underWay.isEmpty)
    }

    @Test func `a source that is kept out gets 403, its neighbours do not, and it may come back`() async throws {
        let journal = try journal()
        let server = try TestServer(journal: journal) { _ in plain("<>") }
        func status() -> String {
            let client = Client(port: server.port)
            client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return String((client.readToEnd() ?? "").prefix(12))
        }
        let own = try #require(IPAddress("127.0.0.1"))
        journal.block(RequestJournal.Source(.ip(try #require(IPAddress("127.0.0.2")))), until: .now() + .seconds(60))
        #expect(status() == "HTTP/1.1 200")
        journal.block(RequestJournal.Source(.ip(own)), until: .now() + .milliseconds(300))
        #expect(status() == "HTTP/1.1 403")
        try await server.loops[0].sleep(for: .milliseconds(350))
        #expect(status() == "HTTP/1.1 200")
        await server.stop()
    }

    @Test func `behind a proxy the client is kept out and not the proxy`() async throws {
        let journal = try journal()
        var settings = ServerSettings()
        settings.trustedProxies = TrustedProxies(blocks: [try #require(AddressBlock("127.0.0.1"))], trustsLocal: false)
        let server = try TestServer(settings, journal: journal) { _ in plain("<>") }
        for client in ["127.0.0.1", "2001:db8::1"] {
            journal.block(
                RequestJournal.Source(.ip(try #require(IPAddress(client)))), until: .now() + .seconds(60))
        }
        let proxy = Client(port: server.port)
        for (client, status) in [("192.0.2.1", 200), ("2001:db8::2", 403), ("2001:db8:1::2", 200)] {
            proxy.send("GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: \(client)\r\n\r\n")
            let answer = proxy.read(until: status == 200 ? ">" : "Content-Length: 0\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 \(status)"), "\(client)")
        }
        await server.stop()
    }

    @Test func `when all places are taken, the exclusion that ends first is given up`() throws {
        let journal = try journal()
        let start = MonotonicTime.now()
        func client(_ number: UInt32) -> ClientAddress { .ip(IPAddress(v4: 0x0A00_0000 + number)) }
        for number in 0..<65 as Range<UInt32> {
            let order = number == 30 ? 1 : 100 + Int(number)
            journal.block(RequestJournal.Source(client(number)), until: start + .seconds(order))
        }
        for number in 0..<65 as Range<UInt32> {
            #expect(journal.isBlocked(client(number), at: start) == (number != 30), "\(number)")
        }
        #expect(!journal.isBlocked(client(0), at: start + .seconds(100)))
        #expect(!journal.isBlocked(.local, at: start))
    }
}
