import HTTP
import Testing

@Suite("Requests that are understood, RFC 9112 and 9110")
struct AcceptedRequestTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let outcomes: [Outcome]

        init(_ sentence: String, _ text: String, _ outcomes: [Outcome]) {
            testDescription = sentence
            bytes = Array(text.utf8)
            self.outcomes = outcomes
        }
    }

    static func request(
        _ line: String, _ fields: [String] = ["Host: a"], body: String = "", keepsAlive: Bool = true
    ) -> Outcome { .request(line, fields: fields, body: body, keepsAlive: keepsAlive) }

    static let idle = Outcome.needs(.start)

    static let all = [
        Case("nothing", "", [idle]),
        Case("a small request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", [request("GET / HTTP/1.1"), idle]),
        Case(
            "one empty line before the request", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            [request("GET / HTTP/1.1"), idle]),
        Case("half a request line", "GET /", [.needs(.head)]),
        Case("half of an empty line", "\r", [.needs(.head)]),
        Case("an empty line", "\r\n", [.needs(.head)]),
        Case("half a head", "GET / HTTP/1.1\r\nHost: a\r\n", [.needs(.head)]),
        Case("half a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nx", [.needs(.body)]),
        Case(
            "two pipelined requests and a third's beginning",
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGE",
            [request("GET /1 HTTP/1.1"), request("GET /2 HTTP/1.1"), .needs(.head)]),
        Case(
            "a pipelined request after a body",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
            [
                request("POST / HTTP/1.1", ["Host: a", "Content-Length: 5"], body: "hello"),
                request("GET /2 HTTP/1.1"), idle,
            ]),
        Case(
            "a body that looks like a request",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            [
                request("POST / HTTP/1.1", ["Host: a", "Content-Length: 18"], body: "GET / HTTP/1.1\r\n\r\n"), idle,
            ]),
        Case(
            "blanks around a value, and none before it",
            "GET / HTTP/1.1\r\nHost:a\r\nX: \t a \tb\t \r\nY:\r\nZ: \r\n\r\n",
            [request("GET / HTTP/1.1", ["Host: a", "X: a \tb", "Y: ", "Z: "]), idle]),
        Case(
            "octets above ASCII in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: é\r\n\r\n",
            [request("GET / HTTP/1.1", ["Host: a", "X: é"]), idle]),
        Case(
            "an empty body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
            [request("POST / HTTP/1.1", ["Host: a", "Content-Length: 0"]), idle]),
        Case(
            "a length with leading zeros",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0000000000000000000002\r\n\r\nhi",
            [request("POST / HTTP/1.1", ["Host: a", "Content-Length: 0000000000000000000002"], body: "hi"), idle]),
        Case(
            "a chunked body, with extensions and trailers that vanish",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
                + "4;a;b=c;d=\"e\\\"f;g\"\r\nWiki\r\n00000005\r\npedia\r\nB\r\n in\r\nchunks\r\n0;z\r\n"
                + "X: y\r\nContent-Type: z\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
            [
                request(
                    "POST / HTTP/1.1", ["Host: a", "Transfer-Encoding: Chunked"], body: "Wikipedia in\r\nchunks"),
                request("GET / HTTP/1.1"), idle,
            ]),
        Case(
            "an empty chunked body", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            [request("POST / HTTP/1.1", ["Host: a", "Transfer-Encoding: chunked"]), idle]),
        Case(
            "100-continue before a body",
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nhi",
            [
                .expectContinue,
                request(
                    "POST / HTTP/1.1", ["Host: a", "Expect: 100-Continue", "Content-Length: 2"], body: "hi"), idle,
            ]),
        Case(
            "100-continue without a body asks for nothing",
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
            [request("GET / HTTP/1.1", ["Host: a", "Expect: 100-continue"]), idle]),
        Case(
            "100-continue is not for HTTP/1.0",
            "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
            [
                request(
                    "POST / HTTP/1.0", ["Host: a", "Expect: 100-continue", "Content-Length: 1"], body: "x",
                    keepsAlive: false), idle,
            ]),
        Case(
            "Connection: close", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE\r\n\r\n",
            [request("GET / HTTP/1.1", ["Host: a", "Connection: x, CLOSE"], keepsAlive: false), idle]),
        Case(
            "close wins over keep-alive",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
            [
                request(
                    "GET / HTTP/1.1", ["Host: a", "Connection: close", "Connection: keep-alive"], keepsAlive: false),
                idle,
            ]),
        Case(
            "a connection option that only begins with close",
            "GET / HTTP/1.1\r\nHost: a\r\nConnection: closed,\r\n\r\n",
            [request("GET / HTTP/1.1", ["Host: a", "Connection: closed,"]), idle]),
        Case(
            "HTTP/1.0 without Host leaves", "GET / HTTP/1.0\r\n\r\n",
            [request("GET / HTTP/1.0", [], keepsAlive: false), idle]),
        Case(
            "HTTP/1.0 stays when it asks to", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
            [request("GET / HTTP/1.0", ["Connection: Keep-Alive"]), idle]),
        Case(
            "the absolute form with the same host",
            "GET HTTP://A.example:80/x?y HTTP/1.1\r\nHost: a.EXAMPLE:80\r\n\r\n",
            [request("GET HTTP://A.example:80/x?y HTTP/1.1", ["Host: a.EXAMPLE:80"]), idle]),
        Case("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", [request("OPTIONS * HTTP/1.1"), idle]),
        Case(
            "what browsers leave in a query", "GET /a%20b;c=1?d[e]=f|g&h={i}^`\\%&'%zz HTTP/1.1\r\nHost: a\r\n\r\n",
            [request("GET /a%20b;c=1?d[e]=f|g&h={i}^`\\%&'%zz HTTP/1.1"), idle]),
    ]

    @Test("is understood, however it is split", arguments: all)
    func understood(_ item: Case) {
        #expect(ParserRuns.result(item.bytes) == item.outcomes)
    }

    @Test(
        "is a host",
        arguments: [
            "a", "A.example", "a.example:8005", "127.0.0.1", "127.0.0.1:0", "[::1]", "[2001:DB8::1]:65535", "a_b.c",
            "[::ffff:1.2.3.4]:1", String(repeating: "a", count: 255),
        ])
    func host(_ host: String) {
        let result = ParserRuns.result(Array("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n".utf8))
        #expect(result == [Self.request("GET / HTTP/1.1", ["Host: \(host)"]), Self.idle])
    }

    @Test("is a method", arguments: Method.allCases)
    func method(_ method: Method) {
        let result = ParserRuns.result(Array("\(method.rawValue) / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(result == [Self.request("\(method.rawValue) / HTTP/1.1"), Self.idle])
    }

    @Test func `an absolute form without a path means the root`() throws {
        var parser = RequestParser(limits: .standard)
        parser.append(Array("GET http://a?x=1 HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        guard case .request(let request) = parser.next() else {
            Issue.record("no request")
            return
        }
        #expect(request.path == "/")
        #expect(request.pathSegments == [])
        #expect(request.query?["x"] == "1")
        #expect(request.host == "a")
    }
}
