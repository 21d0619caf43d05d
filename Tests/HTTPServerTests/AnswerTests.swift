import Concurrency
import HTTP
import HTTPServer
import Testing

@Suite(.ownThreads) struct AnswerTests {
    @Test func `a request is answered and the connection stays open`() async throws {
        let server = try TestServer { plain("\($0.method.rawValue) \($0.path)") }
        let client = Client(port: server.port)
        for _ in 0..<3 {
            client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
            let answer = client.read(until: "GET /a")
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(answer.hasSuffix("\r\nContent-Length: 6\r\n\r\nGET /a"))
            #expect(answer.split(separator: "\r\n").contains { $0.hasPrefix("Date: ") && $0.hasSuffix(" GMT") })
        }
        client.endSending()
        #expect(client.readToEnd() == "")
        await server.stop()
    }

    @Test func `the answer to HEAD has the length and no body`() async throws {
        let server = try TestServer { _ in plain("four") }
        let client = Client(port: server.port)
        client.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        let answer = client.readToEnd()
        #expect(answer?.split(separator: "\r\n").contains("Content-Length: 4") == true)
        #expect(answer?.hasSuffix("\r\n\r\n") == true)
        await server.stop()
    }

    static let closing = [
        "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
    ]

    @Test(arguments: closing)
    func `the connection closes when the client wants it`(request: String) async throws {
        let server = try TestServer { _ in plain("bye") }
        let client = Client(port: server.port)
        client.send(request)
        let answer = client.readToEnd()
        #expect(answer?.hasSuffix("Connection: close\r\n\r\nbye") == true)
        await server.stop()
    }

    @Test func `a client of HTTP 1.0 may keep the connection`() async throws {
        let server = try TestServer { _ in plain("more") }
        let client = Client(port: server.port)
        for _ in 0..<2 {
            client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(client.read(until: "more").contains("Connection: keep-alive"))
        }
        await server.stop()
    }

    @Test(arguments: [false, true])
    func `pipelined requests are answered in order`(suspends: Bool) async throws {
        let server = try TestServer { request in
            if suspends { try? await EventLoop.current?.sleep(for: .microseconds(Int.random(in: 0...500))) }
            return plain("<\(request.path)>")
        }
        let client = Client(port: server.port)
        client.send((0..<300).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
        let answer = client.read(until: ">", times: 300)
        let paths = answer.split(separator: "<").dropFirst().map { $0.prefix { $0 != ">" } }
        #expect(paths.map(String.init) == (0..<300).map { "/\($0)" })
        await server.stop()
    }

    @Test func `a body arrives whole, in pieces, in chunks and after 100 Continue`() async throws {
        let server = try TestServer { plain("<\(String(decoding: $0.body, as: UTF8.self))>") }
        let client = Client(port: server.port)
        for piece in ["POST / HTTP/1.1\r\nHost: x\r\nContent-Le", "ngth: 6\r\n\r\nab", "cd", "ef"] {
            client.send(piece)
            try await server.loops[0].sleep(for: .milliseconds(5))
        }
        #expect(client.read(until: ">").hasSuffix("<abcdef>"))
        client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        #expect(client.read(until: ">").hasSuffix("<abc>"))
        client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        client.send("ok")
        #expect(client.read(until: ">").hasSuffix("<ok>"))
        await server.stop()
    }

    @Test func `a large body and a large answer pass`() async throws {
        let server = try TestServer { plain(String(repeating: "y", count: $0.body.count * 4) + ">") }
        let client = Client(port: server.port)
        client.send(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + String(repeating: "x", count: 1_000_000))
        #expect(client.read(until: ">").utf8.count > 4_000_000)
        client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(client.read(until: ">").hasSuffix("\r\n\r\n>"))
        await server.stop()
    }

    static let ids: [(String, String?)] = [
        ("abc-1.2_3", "abc-1.2_3"), ("", nil), ("a b", nil), ("a\"", nil), (String(repeating: "a", count: 64), nil),
        (String(repeating: "a", count: 65), nil),
    ]

    @Test(arguments: ids)
    func `a sane request id is taken over and always answered`(sent: String, _: String?) async throws {
        let server = try TestServer { plain("<\($0.id)>") }
        let client = Client(port: server.port)
        client.send("GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: \(sent)\r\n\r\n")
        let answer = client.read(until: ">")
        let isSane = sent == "abc-1.2_3" || sent.utf8.count == 64
        let id = answer.split(separator: "<").last.map { String($0.dropLast()) } ?? ""
        #expect((id == sent) == isSane)
        #expect((1...64).contains(id.utf8.count))
        #expect(answer.split(separator: "\r\n").contains { $0 == "X-Request-Id: \(id)" || $0 == "X-Request-Id:\(id)" })
        await server.stop()
    }

    @Test(arguments: [(false, "127.0.0.1 false false"), (true, "203.0.113.7 true true")])
    func `only listed proxies are believed`(isListed: Bool, seen: String) async throws {
        var settings = ServerSettings()
        if isListed, let block = AddressBlock("127.0.0.0/8") {
            settings.trustedProxies = TrustedProxies(blocks: [block], trustsLocal: false)
        }
        let server = try TestServer(settings) { plain("<\($0.client) \($0.isSecure) \($0.isFromProxy)>") }
        let client = Client(port: server.port)
        client.send(
            "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n"
                + "X-Forwarded-For: 127.0.0.9\r\nX-Forwarded-Proto: https\r\n\r\n")
        #expect(client.read(until: ">").hasSuffix("<\(seen)>"))
        await server.stop()
    }
}
