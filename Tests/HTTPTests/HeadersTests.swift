import HTTP
import Testing

@Suite("Header fields and answers")
struct HeadersTests {
    @Test func `names are found in any case, values keep their order`() {
        var headers = Headers()
        headers.add("Set-Cookie", "a=1")
        headers.add("X", "y")
        headers.add("set-cookie", "b=2")
        #expect(headers["SET-COOKIE"] == "a=1")
        #expect(headers.values(of: "Set-Cookie") == ["a=1", "b=2"])
        #expect(!headers.contains("Set-Cooki"))
        headers.set("Set-Cookie", "c=3")
        #expect(headers.pairs.map { "\($0.name)=\($0.value)" } == ["X=y", "Set-Cookie=c=3"])
        headers.remove("x")
        #expect(headers.count == 1)
    }

    @Test("cannot add a line", arguments: ["a\r\nX: y", "a\nX: y", "a\rX: y", "a\0b", "\r\n"])
    func injection(_ value: String) {
        var headers = Headers()
        headers.add("Location", value)
        var output: [UInt8] = []
        Response(status: 302, headers: headers).serialise(into: &output, method: .get, keepsAlive: true)
        #expect(output.count { $0 == 0x0A } == 4)
        #expect(!output.contains(0))
    }

    @Test func `an answer says the same however its fields came to be`() {
        var plain = Headers()
        plain.add("Content-Type", "text/plain")
        plain.add("X", "  y\t")
        plain.add("Empty", " ")
        var changed = Headers()
        changed.add("Gone", "1")
        changed.add("Content-Type", "text/plain")
        changed.add("DATE", "yesterday")
        changed.add("X", "y")
        changed.add("Empty", "")
        changed.remove("gone")
        let text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX: y\r\nEmpty: \r\nContent-Length: 0\r\n\r\n"
        var further = Headers()
        further.add("Further", "z")
        for headers in [plain, changed] {
            var output: [UInt8] = []
            Response(status: 200, headers: headers).serialise(into: &output, method: .get, keepsAlive: true)
            #expect(String(decoding: output, as: UTF8.self) == text)
            output = []
            Response(status: 200, headers: headers).serialise(
                into: &output, method: .get, keepsAlive: true, further: further)
            #expect(
                String(decoding: output, as: UTF8.self)
                    == text.replacing("Empty: \r\n", with: "Empty: \r\nFurther: z\r\n"))
        }
        #expect(plain["x"] == "y" && plain["empty"] == "" && plain["Content-Type"] == "text/plain")
    }

    @Test func `long fields and long names are written whole`() {
        var headers = Headers()
        let name = String(repeating: "n", count: 100)
        headers.add(FieldName(name) ?? "x", String(repeating: "v", count: 5_000))
        var output: [UInt8] = []
        Response(status: 200, headers: headers, body: [0x78]).serialise(
            into: &output, method: .get, keepsAlive: true, requestID: String(repeating: "i", count: 64))
        #expect(
            String(decoding: output, as: UTF8.self)
                == "HTTP/1.1 200 OK\r\n\(name): \(headers[FieldName(name) ?? "x"] ?? "")\r\nX-Request-Id: "
                + String(repeating: "i", count: 64) + "\r\nContent-Length: 1\r\n\r\nx")
        #expect(headers.values(of: FieldName(name) ?? "x").first?.utf8.count == 5_000)
        #expect(headers[FieldName("m" + String(repeating: "n", count: 99)) ?? "x"] == nil)
    }

    @Test(
        "is a name",
        arguments: [("X-Y", true), ("", false), ("a b", false), ("a:", false), ("a\r", false), ("é", false)])
    func names(_ text: String, _ isValid: Bool) {
        #expect((FieldName(text) != nil) == isValid)
    }

    static func written(
        _ response: Response, _ method: Method = .get, _ version: Request.Version = .http11, keepsAlive: Bool = true
    ) -> String {
        var output: [UInt8] = []
        response.serialise(
            into: &output, method: method, version: version, keepsAlive: keepsAlive,
            date: HTTPDate.bytes(seconds: 784_111_777))
        return String(decoding: output, as: UTF8.self)
    }

    static let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    @Test func `an answer is framed by its length`() {
        var headers = Headers()
        headers.set("Content-Type", "text/plain")
        let response = Response(status: 200, headers: headers, body: Array("hi".utf8))
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\(Self.date)Content-Length: 2\r\n"
        #expect(Self.written(response) == head + "\r\nhi")
        #expect(Self.written(response, .head) == head + "\r\n")
        #expect(Self.written(response, keepsAlive: false) == head + "Connection: close\r\n\r\nhi")
        #expect(Self.written(response, .get, .http10) == head + "Connection: keep-alive\r\n\r\nhi")
    }

    @Test("has no body and no length", arguments: [101, 204, 304])
    func bodiless(_ status: Int) {
        let text = Self.written(Response(status: status, body: [0x78]))
        #expect(text == "HTTP/1.1 \(status) \(Status.phrase(status))\r\n\(Self.date)\r\n")
    }

    @Test func `framing is not the handler's`() {
        var headers = Headers()
        for name in ["content-length", "Transfer-Encoding", "CONNECTION", "Date"] as [FieldName] {
            headers.add(name, "x")
        }
        #expect(
            Self.written(Response(status: 404, headers: headers))
                == "HTTP/1.1 404 Not Found\r\n\(Self.date)Content-Length: 0\r\n\r\n")
    }

    @Test(
        "has a status line",
        arguments: [
            (299, "299 "), (451, "451 "), (99, "500 Internal Server Error"), (-1, "500 Internal Server Error"),
            (429, "429 Too Many Requests"),
        ])
    func statusLine(_ status: Int, _ text: String) {
        #expect(Self.written(Response(status: status)).hasPrefix("HTTP/1.1 \(text)\r\n"))
    }

    @Test(
        "is a date",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"), (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (Int64.min, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ])
    func date(_ seconds: Int64, _ text: String) {
        #expect(String(decoding: HTTPDate.bytes(seconds: seconds), as: UTF8.self) == text)
    }
}
