import HTTP
import Testing

@Suite("Requests that are refused, RFC 9112 and 9110")
struct RefusedRequestTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let refusal: Refusal

        init(_ sentence: String, _ text: String, _ refusal: Refusal) {
            testDescription = sentence
            // U+0080…U+00FF stand for the single octets.
            bytes = text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            self.refusal = refusal
        }
    }

    static let requestLines = [
        Case("a line feed alone ends no request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", .bareLineFeed),
        Case("a carriage return alone splits nothing", "GET / HTTP/1.1\rHost: a\r\n\r\n", .malformedRequestLine),
        Case("a carriage return before the line end", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("two spaces after the method", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("two spaces before the version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("a tab instead of a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("a space after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("a space before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("no version (HTTP/0.9)", "GET /\r\n\r\n", .malformedRequestLine),
        Case("a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("a raw space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("a version with two digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", .malformedRequestLine),
        Case("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", .unsupportedVersion),
        Case("HTTP/0.9 by name", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", .unsupportedVersion),
        Case("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", .unsupportedVersion),
        Case("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
        Case("a TLS handshake, at its first byte", "\u{16}\u{03}\u{01}", .malformedRequestLine),
        Case("a second empty line before the request", "\r\n\r\nGET / HTTP/1.1\r\n", .malformedRequestLine),
        Case("a carriage return alone before the request", "\rGET / HTTP/1.1\r\n", .malformedRequestLine),
        Case("a line feed before the request", "\nGET / HTTP/1.1\r\n", .malformedRequestLine),
        Case("an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", .unknownMethod),
        Case("a method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", .unknownMethod),
        Case("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", .unknownMethod),
        Case("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", .unknownMethod),
    ]

    static let targets = [
        "", "x", "a:443", "*", "/a#b", "#", "/\u{00E9}", "/a\u{7F}", "/a\u{01}", "/a\0b", "/a\tb", "/\"", "/<", "/>",
        "/a\\b", "/^", "/`", "/{a}", "/a|b", "/a[0]", "/%", "/%4", "/%zz", "/%4g", "/?a#b", "/?a\"b", "/?\u{00E9}",
        "/?<", "ftp://a/", "http:/a", "http//a", "https:", "javascript:alert(1)", "a.b/c",
    ].map {
        Case(
            "GET of the target \($0.debugDescription)", "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n",
            .malformedTarget)
    }

    static let fields = [
        Case("a line feed alone ends no field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", .bareLineFeed),
        Case("a line feed alone in a field's line end", "GET / HTTP/1.1\r\nX: a\n\r\n", .bareLineFeed),
        Case("a line feed alone ends no head", "GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
        Case("a carriage return in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", .malformedField),
        Case("a carriage return before the line end", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\r\n\r\n", .malformedField),
        Case("a folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", .foldedField),
        Case("a field folded with a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n", .foldedField),
        Case("a space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedField),
        Case(
            "a folded Transfer-Encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
            .unsupportedTransferEncoding),
        Case("a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", .malformedField),
        Case("a tab before the colon", "GET / HTTP/1.1\r\nHost: a\r\nX\t: a\r\n\r\n", .malformedField),
        Case("no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", .malformedField),
        Case("no name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", .malformedField),
        Case("a name that is no token", "GET / HTTP/1.1\r\nHost: a\r\nX(y: a\r\n\r\n", .malformedField),
        Case("a name beyond ASCII", "GET / HTTP/1.1\r\nHost: a\r\nX\u{00E9}: a\r\n\r\n", .malformedField),
        Case("NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", .malformedField),
        Case("NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0: a\r\n\r\n", .malformedField),
        Case("a control character in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{1B}[0m\r\n\r\n", .malformedField),
        Case("DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \u{7F}\r\n\r\n", .malformedField),
        Case(
            "an expectation that is not known", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n",
            .unknownExpectation),
        Case(
            "two expectations", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, x\r\n\r\n", .unknownExpectation),
    ]

    static let hosts =
        [
            Case("no Host", "GET / HTTP/1.1\r\n\r\n", .missingHost),
            Case("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", .repeatedHost),
            Case("the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", .repeatedHost),
            Case("two Hosts in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
            Case("another host in the target", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", .hostMismatch),
            Case("a port in the target only", "GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n", .hostMismatch),
            Case("user information in the target", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", .hostMismatch),
            Case("an absolute target without Host", "GET http://a/ HTTP/1.0\r\n\r\n", .missingHost),
            Case("no authority in the target", "GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", .hostMismatch),
        ]
        + [
            "", "a b", "a,b", "a/b", "a@b", "u@a", "a:", "a:b", "a:80:80", "a:123456", "a:65536", "a:-1", ":80", "a?b",
            "a#b", "\"a\"", "%61", "[::1", "::1", "[::1]x", "[::1]:", "[]", "[fe80::1%25eth0]", "[v1.x]", "[1.2.3.4]",
            "\u{00E9}", String(repeating: "a", count: 256),
        ].map { Case("Host: \($0)", "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n", .malformedHost) }

    static let framing =
        [
            ("Content-Length: 3\r\nContent-Length: 3", Refusal.repeatedContentLength),
            ("Content-Length: 3\r\ncontent-length: 4", .repeatedContentLength),
            ("Content-Length: 3, 3", .malformedContentLength),
            ("Content-Length: +3", .malformedContentLength),
            ("Content-Length: -3", .malformedContentLength),
            ("Content-Length: 0x3", .malformedContentLength),
            ("Content-Length: 3 3", .malformedContentLength),
            ("Content-Length: 3.0", .malformedContentLength),
            ("Content-Length: 3\t", .malformedContentLength),
            ("Content-Length:\t3", .malformedContentLength),
            ("Transfer-Encoding: chunked\t", .unsupportedTransferEncoding),
            ("Transfer-Encoding:\tchunked", .unsupportedTransferEncoding),
            ("Content-Length:", .malformedContentLength),
            ("Content-Length: \u{00B2}", .malformedContentLength),
            ("Content-Length : 3", .malformedField),
            ("Content-Length: 99999999999999999999999999999", .bodyTooLarge),
            ("Content-Length: 9223372036854775808", .bodyTooLarge),
            ("Content-Length: 18446744073709551619", .bodyTooLarge),
            ("Content-Length: 1048577", .bodyTooLarge),
            ("Content-Length: 3\r\nTransfer-Encoding: chunked", .conflictingFraming),
            ("Transfer-Encoding: chunked\r\nContent-Length: 3", .conflictingFraming),
            ("Transfer-Encoding: chunked\r\nContent-Length: 0", .conflictingFraming),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .repeatedTransferEncoding),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", .repeatedTransferEncoding),
            ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", .unsupportedTransferEncoding),
            ("Transfer-Encoding: chunked, chunked", .unsupportedTransferEncoding),
            ("Transfer-Encoding: gzip, chunked", .unsupportedTransferEncoding),
            ("Transfer-Encoding: identity", .unsupportedTransferEncoding),
            ("Transfer-Encoding: xchunked", .unsupportedTransferEncoding),
            ("Transfer-Encoding: \u{0B}chunked", .malformedField),
            ("Transfer-Encoding: \"chunked\"", .unsupportedTransferEncoding),
            ("Transfer-Encoding: chunked;q=1", .unsupportedTransferEncoding),
            ("Transfer-Encoding: chunked,", .unsupportedTransferEncoding),
            ("Transfer-Encoding:", .unsupportedTransferEncoding),
            ("Transfer-Encoding : chunked", .malformedField),
        ].map {
            Case($0.0.debugDescription, "POST / HTTP/1.1\r\nHost: a\r\n\($0.0)\r\n\r\n", $0.1)
        } + [
            Case(
                "Transfer-Encoding in HTTP/1.0",
                "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", .transferEncodingInHTTP10)
        ]

    static let chunks = [
        ("no digits", "\r\n", Refusal.malformedChunk),
        ("a size that is no number", "x\r\n", .malformedChunk),
        ("a size with a sign", "+1\r\nx\r\n", .malformedChunk),
        ("a size with 0x", "0x1\r\nx\r\n", .malformedChunk),
        ("a blank before the size", " 1\r\nx\r\n", .malformedChunk),
        ("a blank after the size", "1 \r\nx\r\n", .malformedChunk),
        ("a size of seventeen digits", "00000000000000001\r\nx\r\n", .malformedChunk),
        ("a size beyond 64 bits", "10000000000000000\r\n", .malformedChunk),
        ("the largest size", "ffffffffffffffff\r\n", .bodyTooLarge),
        ("a size that is negative elsewhere", "8000000000000000\r\n", .bodyTooLarge),
        ("a line feed alone after the size", "1\nx\r\n0\r\n\r\n", .bareLineFeed),
        ("a carriage return alone after the size", "1\rx\r\n0\r\n\r\n", .malformedChunk),
        ("data longer than its size", "1\r\nxy\r\n0\r\n\r\n", .malformedChunk),
        ("data shorter than its size", "4\r\nxy\r\n0\r\n\r\n", .malformedChunk),
        ("a line feed alone after the data", "1\r\nx\n0\r\n\r\n", .malformedChunk),
        ("another character after the data's CR", "1\r\nx\rX0\r\n\r\n", .malformedChunk),
        ("an extension without a name", "1;\r\nx\r\n0\r\n\r\n", .malformedChunk),
        ("an extension without a value", "1;a=\r\nx\r\n0\r\n\r\n", .malformedChunk),
        ("an extension with a blank", "1; a\r\nx\r\n0\r\n\r\n", .malformedChunk),
        ("an extension with an open quote", "1;a=\"b\r\nx\r\n0\r\n\r\n", .malformedChunk),
        ("an extension that ends in a backslash", "1;a=\"\\\r\nx\r\n0\r\n\r\n", .malformedChunk),
        ("a line feed in a quoted extension", "1;a=\"\n\"\r\nx\r\n0\r\n\r\n", .bareLineFeed),
        ("NUL in an extension", "1;a=\"\0\"\r\nx\r\n0\r\n\r\n", .malformedChunk),
        ("a long extension", "1;" + String(repeating: "a", count: 300) + "\r\nx\r\n", .malformedChunk),
        ("a folded trailer", "0\r\nX: a\r\n b\r\n\r\n", .foldedField),
        ("a trailer without a colon", "0\r\nX\r\n\r\n", .malformedField),
        ("NUL in a trailer", "0\r\nX: \0\r\n\r\n", .malformedField),
        ("a line feed alone in the trailers", "0\r\nX: a\n\r\n", .bareLineFeed),
        ("a line feed alone at the end", "0\r\n\n", .bareLineFeed),
        ("Content-Length as a trailer", "0\r\ncontent-length: 7\r\n\r\n", .forbiddenTrailer),
        ("Transfer-Encoding as a trailer", "0\r\nTransfer-Encoding: chunked\r\n\r\n", .forbiddenTrailer),
        ("Host as a trailer", "0\r\nX: y\r\nHost: a\r\n\r\n", .forbiddenTrailer),
        ("Connection as a trailer", "0\r\nConnection: close\r\n\r\n", .forbiddenTrailer),
        ("Expect as a trailer", "0\r\nExpect: 100-continue\r\n\r\n", .forbiddenTrailer),
        ("large trailers", "0\r\nX: " + String(repeating: "a", count: 40_000), .fieldsTooLarge),
        ("many trailers", "0\r\n" + String(repeating: "X: a\r\n", count: 101), .tooManyFields),
        (
            "many extensions",
            String(repeating: "1;" + String(repeating: "a", count: 200) + "\r\nx\r\n", count: 30),
            .chunkExtensionsTooLong
        ),
    ].map {
        Case("a chunked body: \($0.0)", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\($0.1)", $0.2)
    }

    static let all = [requestLines, targets, fields, hosts, framing, chunks].flatMap(\.self)

    @Test("is refused, however it is split", arguments: all)
    func refused(_ item: Case) {
        #expect(ParserRuns.result(item.bytes)?.last == .refused(item.refusal))
    }

    @Test func `every refusal is a 4xx with a sentence`() {
        for refusal in Refusal.allCases {
            #expect((400...499).contains(refusal.status))
            #expect(refusal.sentence.hasSuffix("."))
            #expect(refusal.response.status == refusal.status)
        }
        #expect(Refusal.unknownMethod.response.headers["Allow"] == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
    }

    @Test func `a refusal is JSON in the shape of every error, and is not kept by caches`() {
        let response = Refusal.missingHost.response
        #expect(response.headers["Content-Type"] == "application/json")
        #expect(response.headers["Cache-Control"] == "no-store")
        #expect(response.headers["X-Content-Type-Options"] == "nosniff")
        let body = String(decoding: response.body, as: UTF8.self)
        #expect(body == #"{"error":"The Host field is missing.","code":"missing_host"}"#)
    }

    @Test func `no sentence and no code needs escaping in JSON`() {
        let answers = Refusal.allCases.map(\.response) + [.requestTimeout, .tooManyConnections, .tlsExpected]
        for body in answers.map(\.body) {
            #expect(body.count { $0 == UInt8(ascii: "\"") } == 8)
            #expect(body.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "\\") })
        }
    }

    @Test func `who finds no place is told when to try again`() {
        #expect(Response.tooManyConnections.status == 503)
        #expect(Response.tooManyConnections.headers["Retry-After"] == "1")
        #expect(Response.requestTimeout.status == 408)
    }

    @Test func `every refusal has a case here`() {
        let covered = Set((Self.all.map(\.refusal) + [.requestLineTooLong]).map(\.rawValue))
        #expect(covered == Set(Refusal.allCases.map(\.rawValue)))
    }

    @Test func `a refusal is final`() {
        var parser = RequestParser(limits: .standard)
        parser.append(Array("\u{1}".utf8))
        parser.append(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        for _ in 0..<3 {
            guard case .refused(.malformedRequestLine) = parser.next() else {
                Issue.record("not refused")
                return
            }
            parser.append(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        }
    }
}
