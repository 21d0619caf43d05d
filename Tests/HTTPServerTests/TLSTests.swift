import Concurrency
import Glibc
import HTTP
import HTTPServer
import Testing

@Suite(.ownThreads) struct TLSTests {
    let certificates = TestCertificates()
    static let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    private func serve(
        _ names: [TestCertificates.Name] = [.one, .two], settings: ServerSettings = ServerSettings(),
        handler: @escaping HTTPServer.Handler = { _ in plain("<>") }
    ) throws -> (TestServer, UInt16) {
        let server = try TestServer(settings, handler: handler)
        let loaded = try TLSCertificates(names.map(certificates.files))
        let socket = try server.server.listen(on: .tcp(host: "127.0.0.1", port: 0), certificates: loaded)
        return (server, socket.port ?? 0)
    }

    @Test func `requests over TLS are answered, known as secure, and bind the browser to TLS`() async throws {
        let (server, port) = try serve(settings: ServerSettings(transportSecurity: .seconds(60))) { request in
            plain("<\(request.isSecure)>")
        }
        let client = TLSClient(port: port)
        #expect(client.shakeHands())
        for _ in 0..<3 {
            client.send(Self.request)
            let answer = client.read(until: ">")
            #expect(answer.hasSuffix("<true>"))
            #expect(answer.split(separator: "\r\n").contains("Strict-Transport-Security: max-age=60"))
        }
        let other = Client(port: server.port)
        other.send(Self.request)
        let answer = other.read(until: ">")
        #expect(answer.hasSuffix("<false>"))
        #expect(!answer.contains("Strict-Transport-Security"))
        await server.stop()
    }

    static let names: [(String?, String)] = [
        (nil, "one"), ("one.example", "one"), ("two.example", "two"), ("TWO.Example", "two"),
        ("a.wild.example", "one"), ("exact.wild.example", "two"), ("a.b.wild.example", "one"), ("nowhere", "one"),
    ]

    @Test(arguments: [0, 1]) func `a client gets the certificate of the name it asks for`(first: Int) async throws {
        let order: [TestCertificates.Name] = first == 0 ? [.one, .two] : [.two, .one]
        let (server, port) = try serve(order)
        for (name, subject) in Self.names {
            let client = TLSClient(port: port, name: name)
            #expect(client.shakeHands())
            let isKnown = name.map { $0.lowercased().hasSuffix(".example") } ?? false
            let isBelow = name == "a.b.wild.example"
            #expect(client.subject == (isKnown && !isBelow ? subject : order[0].rawValue), "\(name ?? "none")")
        }
        await server.stop()
    }

    @Test func `new connections get new certificates, and the old connections go on`() async throws {
        let server = try TestServer { _ in plain("<>") }
        certificates.use(.one)
        let loaded = try TLSCertificates([
            TLSFiles(certificate: certificates.path("used.pem"), key: certificates.path("used.key"))
        ])
        let port = try server.server.listen(on: .tcp(host: "127.0.0.1", port: 0), certificates: loaded).port ?? 0
        let old = TLSClient(port: port)
        #expect(old.shakeHands())
        certificates.use(.two)
        try loaded.reload()
        let new = TLSClient(port: port)
        #expect(new.shakeHands())
        #expect(old.subject == "one")
        #expect(new.subject == "two")
        for client in [old, new] {
            client.send(Self.request)
            #expect(client.read(until: ">").hasSuffix("<>"))
        }

        certificates.write("used.pem", TestCertificates.one)
        #expect(throws: TLSFault.self) { try loaded.reload() }
        let third = TLSClient(port: port)
        #expect(third.shakeHands())
        #expect(third.subject == "two")
        await server.stop()
    }

    @Test func `who speaks HTTP where TLS is expected is told so`() async throws {
        let (server, port) = try serve()
        let client = Client(port: port)
        client.send(Self.request)
        let answer = client.readToEnd()
        #expect(answer?.hasPrefix("HTTP/1.1 400 ") == true)
        #expect(answer?.contains("\"code\":\"tls_expected\"") == true)
        #expect(answer?.contains("Strict-Transport-Security") == false)
        await server.stop()
    }

    @Test func `a handshake that does not come about ends after the time for a head`() async throws {
        let (server, port) = try serve(settings: ServerSettings(timeouts: .short))
        let client = Client(port: port)
        client.send("\u{16}\u{3}\u{1}")
        var rest: String?
        #expect(seconds { rest = client.readToEnd() } < 2)
        #expect(rest == "")
        #expect(server.logged.contains { if case .timedOut(.handshake, _) = $0 { true } else { false } })
        await server.stop()
    }

    @Test func `a connection that is done ends with an alert, and not just so`() async throws {
        let (server, port) = try serve(settings: ServerSettings(timeouts: .short))
        let idle = TLSClient(port: port)
        #expect(idle.shakeHands())
        idle.send(Self.request)
        _ = idle.read(until: ">")
        #expect(idle.read() == nil)

        let last = TLSClient(port: port)
        #expect(last.shakeHands())
        last.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        _ = last.read(until: ">")
        #expect(last.read() == nil)

        let leaving = TLSClient(port: port)
        #expect(leaving.shakeHands())
        leaving.end()
        #expect(leaving.read() == nil)
        await server.stop()
    }

    @Test func `a client that has ended its own direction gets its answer`() async throws {
        let (server, port) = try serve { _ in
            try? await EventLoop.current?.sleep(for: .milliseconds(300))
            return plain("<late>")
        }
        let client = TLSClient(port: port)
        #expect(client.shakeHands())
        client.send(Self.request)
        client.end()
        client.client.endSending()
        #expect(client.read(until: "<late>").hasSuffix("<late>"))
        await server.stop()
    }

    @Test func `long bodies pass in both directions, also to a client that reads late`() async throws {
        let settings = ServerSettings(
            limits: ParserLimits(requestLine: 8_192, headerBytes: 32_768, headerCount: 100, bodyBytes: 1 << 22))
        let (server, port) = try serve(settings: settings) { request in
            Response(status: 200, body: request.body + request.body + Array("<end>".utf8))
        }
        let client = TLSClient(port: port)
        client.client.setReceiveBuffer(65_536)
        #expect(client.shakeHands())
        let body = String(repeating: "0123456789abcdef", count: 131_072)
        client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body)
        try await server.loops[0].sleep(for: .milliseconds(100))
        var count = 0
        var last = ""
        while let more = client.read(), !more.isEmpty, !last.hasSuffix("<end>") {
            count += more.utf8.count
            last = String((last + more).suffix(10))
            if last.hasSuffix("<end>") { break }
        }
        #expect(last.hasSuffix("<end>"))
        #expect(count > 2 * body.utf8.count)
        await server.stop()
    }

    @Test func `a client that does not read its answer is cut off`() async throws {
        var settings = ServerSettings(timeouts: .short)
        settings.timeouts.idle = .seconds(5)
        let (server, port) = try serve(settings: settings) { _ in
            Response(status: 200, body: [UInt8](repeating: 0x61, count: 32 << 20))
        }
        let client = TLSClient(port: port)
        client.client.setReceiveBuffer(4_096)
        #expect(client.shakeHands())
        client.send(Self.request)
        #expect(
            await server.until { server.logged.contains { if case .timedOut(.write, _) = $0 { true } else { false } } })
        #expect(await server.until { server.server.liveConnections == 0 })
        await server.stop()
    }

    @Test(arguments: [1, 500, 3_000]) func `requests in one piece are all answered`(count: Int) async throws {
        let (server, port) = try serve()
        let client = TLSClient(port: port)
        #expect(client.shakeHands())
        client.send(String(repeating: Self.request, count: count))
        var answers = 0
        while answers < count, let more = client.read(), !more.isEmpty {
            answers += more.utf8.count { $0 == UInt8(ascii: ">") }
        }
        #expect(answers == count)
        await server.stop()
    }

    @Test func `records that come together are all read, and so is what comes while an answer waits`() async throws {
        let (server, port) = try serve { request in
            Response(
                status: 200, body: [UInt8](repeating: 0x61, count: request.path == "/long" ? 16 << 20 : 1) + [0x3E])
        }
        func request(_ path: String) -> String { "GET \(path) HTTP/1.1\r\nHost: x\r\n\r\n" }
        let client = TLSClient(port: port)
        #expect(client.shakeHands())
        client.client.hold(true)
        for _ in 0..<3 { client.send(request("/short")) }
        client.client.hold(false)
        var answers = 0
        while answers < 3, let more = client.read(), !more.isEmpty { answers += more.utf8.count { $0 == 0x3E } }
        #expect(answers == 3)

        client.client.hold(true)
        client.send(request("/long"))
        client.send(request("/short"))
        client.client.hold(false)
        try await server.loops[0].sleep(for: .milliseconds(100))
        client.send(request("/short"))
        try await server.loops[0].sleep(for: .milliseconds(50))
        answers = 0
        while answers < 3, let more = client.read(), !more.isEmpty { answers += more.utf8.count { $0 == 0x3E } }
        #expect(answers == 3)
        await server.stop()
    }

    @Test func `noise instead of a greeting ends the connection, and is told`() async throws {
        let (server, port) = try serve()
        for noise in ["SSH-2.0-OpenSSH_9.2\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{0}", "\u{0}"] {
            let client = Client(port: port)
            client.send(noise)
            client.endSending()
            _ = client.readToEnd()
        }
        #expect(server.logged.contains { if case .handshakeFailed = $0 { true } else { false } })
        #expect(await server.until { server.server.liveConnections == 0 })
        await server.stop()
    }
}

struct TLSCertificateTests {
    let certificates = TestCertificates()

    private func fault(_ files: TLSFiles) -> TLSFault? {
        do {
            _ = try TLSCertificates([files])
            return nil
        } catch { return error }
    }

    @Test func `what a certificate says about itself is known`() throws {
        let one = try #require(try TLSCertificates([certificates.files(.one)]).certificates.first)
        #expect(one.names == ["one.example", "*.wild.example"])
        #expect(one.path == certificates.path("one.pem"))
        #expect(one.notAfter - one.notBefore == 36_500 * 86_400)
    }

    @Test func `one file may hold both`() throws {
        certificates.write("other", TestCertificates.one + TestCertificates.oneKey)
        let path = certificates.path("other")
        #expect(try TLSCertificates([TLSFiles(certificate: path, key: path)]).certificates.count == 1)
    }

    @Test(arguments: [0o604, 0o644, 0o602, 0o620, 0o601] as [mode_t])
    func `a key that other users can reach is refused`(mode: mode_t) {
        certificates.write("one.key", TestCertificates.oneKey, mode: mode)
        #expect(fault(certificates.files(.one)) == .exposedKey(path: certificates.path("one.key")))
    }

    @Test(arguments: [0o400, 0o600, 0o440, 0o640] as [mode_t])
    func `a key for its owner, or also for a group, is taken`(mode: mode_t) {
        certificates.write("one.key", TestCertificates.oneKey, mode: mode)
        #expect(fault(certificates.files(.one)) == nil)
    }

    @Test func `what cannot be used is said in one sentence`() {
        let (one, two) = (certificates.files(.one), certificates.files(.two))
        let missing = certificates.path("missing")
        #expect(
            fault(TLSFiles(certificate: missing, key: one.key)) == .unreadable(path: missing, reason: "does not exist"))
        #expect(
            fault(TLSFiles(certificate: certificates.folder, key: one.key))
                == .unreadable(path: certificates.folder, reason: "is not a plain file"))
        #expect(
            fault(TLSFiles(certificate: one.certificate, key: two.key))
                == .keyOfAnotherCertificate(key: two.key, certificate: one.certificate))
        #expect(fault(TLSFiles(certificate: one.key, key: one.key)) == .noCertificate(path: one.key))
        certificates.write("other", TestCertificates.one)
        let other = certificates.path("other")
        #expect(fault(TLSFiles(certificate: one.certificate, key: other)) == .noKey(path: other))
        certificates.write("other", Self.encrypted)
        #expect(fault(TLSFiles(certificate: one.certificate, key: other)) == .encryptedKey(path: other))
        certificates.write("other", "")
        #expect(fault(TLSFiles(certificate: other, key: one.key)) == .noCertificate(path: other))
    }

    static let encrypted = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhO9Nm2HjfZUQICA+gw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJHSQ8Dpgq/CR78TyQgadtUEgZDC
        VDNSbKpSO2XdF1LxqF4qJ066yk1IXn4h6Uv7WZSDIVsdy6m+ySa5Uf5kRhawh7U+
        1SKFXpjXKlXVQR8HsWat2/Zn0iXaxsO6EF1zkk8PP0nQfEOMtqC/UsBzQaqWNbHu
        8niS/iSwknxkiFFcPxUokXRIOCXljtkYE1mXyednmu02n8ljOEO4EKyZe7vsj38=
        -----END ENCRYPTED PRIVATE KEY-----

        """
}
