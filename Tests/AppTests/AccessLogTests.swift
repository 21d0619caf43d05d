import API
import Concurrency
import Domain
import Flows
import Glibc
import HTTP
import Standards
import TestSupport
import Testing

@testable import App

@Suite("The access log's line") struct AccessLogTests {
    private static let time = Timestamp(iso8601: "2026-11-21T07:05:09.025Z") ?? Timestamp(milliseconds: 0)

    private func line(
        agent: [UInt8]?, client: ClientAddress = .local, response: Response = Response(status: 200, body: [1, 2, 3])
    ) async throws -> (text: String, json: JSON) {
        try await Backend.sqlite.withStore(now: Backend.systemClock) { store in
            let world = try await World.open(store, clock: ManualClock(Backend.systemClock()))
            let api = try API(
                world.useCases, version: "1", files: [], report: { _ in })
            var parser = RequestParser(limits: .standard)
            var bytes = Array("GET /health?secret=1 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n".utf8)
            if let agent { bytes += Array("User-Agent: ".utf8) + agent + Array("\r\n".utf8) }
            bytes += Array("\r\n".utf8)
            unsafe bytes.withUnsafeBytes { unsafe parser.append($0) }
            guard case .request(var request) = parser.next() else { throw Installation.Missing(what: "a request") }
            request.client = client
            request.id = "request-1"
            request.trace = TraceContext(high: 0x0123_4567_89AB_CDEF, low: 1, span: 0xFEDC_BA98_7654_3210)
            let writer = AccessLine(labels: api.metrics.labels)
            let row = try #require(api.metrics.labels.firstIndex { $0.route == "/health" })
            let buffer = LineBuffer(capacity: 8_192)
            var second = AccessLine.Second()
            buffer.addLine {
                writer.write(
                    request, response, realm: .standard, row: row, nanoseconds: 1_234_567, at: Self.time, to: &$0,
                    &second)
            }
            let line = buffer.bytes
            #expect(buffer.lines == 1 && line.count <= writer.longest)
            #expect(line.last == 0x0A && line.count { $0 == 0x0A } == 1)
            return (String(decoding: line, as: UTF8.self), try JSON.parse(Array(line.dropLast())))
        }
    }

    @Test func `has the template and never the query or a credential`() async throws {
        let text = try await line(agent: Array("curl/8".utf8)).text
        #expect(
            text == """
                {"time":"2026-11-21T07:05:09.025Z","method":"GET","route":"/health","realm":"default","status":200,\
                "duration_us":1234,"bytes":3,"client":"local","request_id":"request-1",\
                "trace_id":"0123456789abcdef0000000000000001","span_id":"fedcba9876543210","user_agent":"curl/8"}

                """)
    }

    @Test(
        arguments: [
            [], Array("a\"b".utf8), Array("a\\b".utf8), Array("quote\" and \\ backslash".utf8),
            Array("caf\u{E9} \u{1F600}".utf8), [0xFF, 0xC3, 0x28],
            Array("tab\there".utf8), [UInt8](repeating: UInt8(ascii: "x"), count: 5_000),
            [UInt8](repeating: UInt8(ascii: "\""), count: 5_000),
        ] as [[UInt8]]) func `is JSON whatever the user agent is, and bounded`(_ agent: [UInt8]) async throws
    {
        let (text, json) = try await line(agent: agent)
        #expect(json["user_agent"]?.string != nil)
        #expect((json["user_agent"]?.string?.utf8.count ?? 0) <= 256)
        #expect(text.utf8.count < 1_024)
    }

    @Test(
        arguments: [
            "0.0.0.0", "1.20.255.9", "127.0.0.1", "255.255.255.255", "100.10.1.0", "2001:db8::1", "::1",
        ]) func `writes addresses as everything else does`(_ address: String) async throws
    {
        let client = ClientAddress.ip(try #require(IPAddress(address)))
        #expect(try await line(agent: nil, client: client).json["client"]?.string == client.description)
    }

    @Test func `names the problem, the person and the session`() async throws {
        let principal = try await Backend.sqlite.withStore(now: Backend.systemClock) { store in
            let world = try await World.open(store, clock: ManualClock(Backend.systemClock()))
            return try await world.whoIs(try await world.signUp().accessToken).get()
        }
        var response = Response(status: 403)
        response.code = "role_required"
        response.caller = principal
        let json = try await line(agent: nil, response: response).json
        #expect(json["code"]?.string == "role_required")
        #expect(json["user_id"]?.string == principal.user.id.text)
        #expect(json["session_id"]?.string == principal.session.text)
        #expect(json["status"]?.integer == 403)
    }

    @Test func `numbers are written as everything else writes them`() {
        let buffer = LineBuffer(capacity: 1_000)
        var numbers = TraceNumbers(start: 1, other: 2)
        for _ in 0..<100 {
            let context = numbers.context(Headers())
            let id = ID<User>(high: context.high, low: context.low)
            buffer.empty()
            buffer.addLine {
                $0.put(hex: context.high)
                $0.put(hex: context.low)
                $0.put(high: context.high, low: context.low)
            }
            #expect(String(decoding: buffer.bytes, as: UTF8.self) == "\(context.traceID)\(id.text)\n")
        }
        for number in [0, 1, 9, 10, 99, 100, 12_345, .max] {
            buffer.empty()
            buffer.addLine { $0.put(decimal: number) }
            #expect(String(decoding: buffer.bytes, as: UTF8.self) == "\(number)\n")
        }
    }

    @Test func `a buffer holds whole lines only, and never writes beyond its end`() {
        for capacity in 0..<200 {
            let buffer = LineBuffer(capacity: capacity)
            for _ in 0..<3 {
                buffer.addLine {
                    $0.put("abc")
                    $0.put(hex: .max)
                    $0.put(high: 1, low: 2)
                    $0.put(decimal: 1)
                    $0.put("text")
                    $0.put([1, 2, 3] as [UInt8])
                }
            }
            #expect(buffer.count <= capacity)
            #expect(buffer.bytes.count { $0 == 0x0A } == buffer.lines && buffer.count % 64 == 0)
        }
    }

    @Test func `standard output that nobody reads loses lines, counts them, and stops nobody`() throws {
        var ends: [Int32] = [0, 0]
        try #require(unsafe pipe(&ends) == 0)
        let kept = dup(STDOUT_FILENO)
        dup2(ends[1], STDOUT_FILENO)
        let lines = [UInt8](repeating: 0x0A, count: 1 << 20)
        let began = MonotonicTime.now()
        let rest = StandardOutput.write(lines)
        let took = MonotonicTime.now().since(began)
        dup2(kept, STDOUT_FILENO)
        for file in ends + [kept] { close(file) }
        #expect(rest > 0 && rest < lines.count)
        #expect(took < .seconds(5))
    }
}
