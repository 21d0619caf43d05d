import HTTP
import Testing

@Suite("What a field value may hold, RFC 9110 §5.5")
struct FieldContentTests {
    /// At every place, because the parser looks at eight octets at a time.
    @Test("every octet at every place of a value", arguments: 0..<20)
    func octets(_ place: Int) {
        for octet in UInt8.min...UInt8.max {
            var value = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
            value[place] = octet
            // What follows must not hide it, and must not be blamed for it.
            if place < 19 { value[place + 1] = octet < 0x80 ? 0x80 : 0x09 }
            let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: y".utf8) + value + Array("z\r\n\r\n".utf8)
            let isControl = octet == 0x7F || (octet < 0x20 && octet != 0x09)
            let outcomes = ParserRuns.outcomes([bytes[...]], limits: .standard)
            let expected: Refusal? = octet == 0x0A ? .bareLineFeed : isControl ? .malformedField : nil
            #expect(outcomes.first?.refusal == expected, "octet \(octet)")
        }
    }

    @Test("a line end is found wherever it stands", arguments: 0..<40)
    func lineEnds(_ length: Int) {
        let value = String(repeating: "\u{8A}", count: length)
        let text = "GET / HTTP/1.1\r\nHost: a\r\nX:\(value)\r\nY: b\r\n\r\n"
        let outcomes = ParserRuns.outcomes([Array(text.utf8)[...]], limits: .standard)
        guard case .request(_, let fields, _, _) = outcomes.first else {
            Issue.record("refused")
            return
        }
        #expect(fields == ["Host: a", "X: \(value)", "Y: b"])
    }

    @Test func `the answer carries the server's request id, once, and never one that could add a line`() {
        var headers = Headers()
        headers.add("x-request-id", "the handler's")
        headers.add("X", "y")
        let response = Response(status: 204, headers: headers)
        for (id, lines) in [("abc-1", ["X: y", "X-Request-Id: abc-1"]), ("a\r\nb: c", ["X: y"]), ("", ["X: y"])] {
            var output: [UInt8] = []
            response.serialise(into: &output, method: .get, keepsAlive: true, requestID: id)
            let text = String(decoding: output, as: UTF8.self)
            #expect(text.split(separator: "\r\n").dropFirst().map(String.init) == lines)
        }
    }
}
