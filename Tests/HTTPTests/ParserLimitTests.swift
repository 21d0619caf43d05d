import HTTP
import Testing

@Suite("How large a message may be")
struct ParserLimitTests {
    static let limits = ParserLimits(requestLine: 20, headerBytes: 40, headerCount: 3, bodyBytes: 10)

    static func last(_ text: String) -> Outcome? { ParserRuns.result(Array(text.utf8), limits: limits)?.last }

    @Test func `a request line may be as long as the limit and no longer`() {
        #expect(Self.last("GET /234567 HTTP/1.1\r\nHost: a\r\n\r\n") == .needs(.start))
        #expect(Self.last("GET /2345678 HTTP/1.1\r\nHost: a\r\n\r\n") == .refused(.requestLineTooLong))
        #expect(Self.last("GET /2345678 HTTP/1.1\r") == .refused(.requestLineTooLong))
        #expect(Self.last(String(repeating: "G", count: 22)) == .refused(.requestLineTooLong))
        #expect(Self.last(String(repeating: "G", count: 21)) == .needs(.head))
    }

    @Test func `field lines may be as many bytes as the limit and no more`() {
        // 9 for Host, 2 for the empty line, 4 for `X: ` … CR LF without the value.
        let exact = String(repeating: "x", count: 24)
        #expect(Self.last("GET / HTTP/1.1\r\nHost: a\r\nX: \(exact)\r\n\r\n") == .needs(.start))
        #expect(Self.last("GET / HTTP/1.1\r\nHost: a\r\nX: \(exact)x\r\n\r\n") == .refused(.fieldsTooLarge))
        #expect(Self.last("GET / HTTP/1.1\r\nHost: a\r\nX: \(exact)xxxxxxxxx") == .refused(.fieldsTooLarge))
    }

    @Test func `fields may be as many as the limit and no more`() {
        #expect(Self.last("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\nY: a\r\n\r\n") == .needs(.start))
        #expect(Self.last("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\nY: a\r\nZ: a\r\n\r\n") == .refused(.tooManyFields))
    }

    @Test func `a body may be as long as the limit and no longer`() {
        let post = "POST / HTTP/1.1\r\nHost: a\r\n"
        #expect(Self.last(post + "Content-Length: 10\r\n\r\n0123456789") == .needs(.start))
        #expect(Self.last(post + "Content-Length: 11\r\n\r\n") == .refused(.bodyTooLarge))
        let chunked = ParserLimits(requestLine: 20, headerBytes: 60, headerCount: 3, bodyBytes: 10)
        func last(_ chunks: String) -> Outcome? {
            ParserRuns.result(Array((post + "Transfer-Encoding: chunked\r\n\r\n" + chunks).utf8), limits: chunked)?.last
        }
        #expect(last("a\r\n0123456789\r\n0\r\n\r\n") == .needs(.start))
        #expect(last("b\r\n") == .refused(.bodyTooLarge))
        #expect(last("9\r\n012345678\r\n2\r\n") == .refused(.bodyTooLarge))
    }

    @Test func `a body that is too large is refused before it is asked for`() {
        let text = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n"
        #expect(ParserRuns.result(Array(text.utf8)) == [.refused(.bodyTooLarge)])
    }

    @Test func `absurd limits are brought into range`() {
        let limits = ParserLimits(requestLine: .max, headerBytes: .min, headerCount: 0, bodyBytes: -1)
        #expect(limits.requestLine == 1 << 24)
        #expect(limits.headerBytes == 1)
        #expect(limits.headerCount == 1)
        #expect(limits.bodyBytes == 0)
    }

    @Test func `a large body byte by byte costs little more than at once`() {
        var parser = RequestParser(limits: .standard)
        parser.append(Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n".utf8))
        let clock = ContinuousClock()
        let time = clock.measure {
            for _ in 0..<1_000_000 {
                guard case .needMore(.body) = parser.next() else { return }
                parser.append([0x78])
            }
        }
        guard case .request(let request) = parser.next() else {
            Issue.record("no request")
            return
        }
        #expect(request.body.count == 1_000_000)
        // Quadratic work would take hours.
        #expect(time < .seconds(60))
    }

    @Test func `random bytes never trap and never depend on their splits`() {
        var random = SeededRandom(state: 1)
        let alphabet = Array("GET POST / HTTP/1.1\r\n\r\n\r\nHost: a\r\nContent-Length: 3\r\n:;,0123\t\0\u{7F}".utf8)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            #expect(ParserRuns.result(bytes) != nil)
        }
    }
}
