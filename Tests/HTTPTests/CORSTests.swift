import HTTP
import Testing

@Suite("Origins, and ids of requests")
struct CORSTests {
    @Test(
        "is an origin",
        arguments: [
            ("https://a.example", "https://a.example"), ("HTTPS://A.Example:8443", "https://a.example:8443"),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000"), ("http://[::1]:3000", "http://[::1]:3000"),
        ])
    func origin(_ text: String, _ canonical: String) {
        #expect(Origin(text)?.description == canonical)
    }

    @Test(
        "is no origin",
        arguments: [
            "", "null", "*", "https://", "https://*.example", "https://a/", "https://a?", "https://a:443",
            "http://a:80",
            "https://u@a", "ftp://a", "a.example", "https://a b", "https://a:", "https://a\r\nX: y", "file:///a",
            "https://a https://b", "https://é",
        ])
    func noOrigin(_ text: String) {
        #expect(Origin(text) == nil)
    }

    static func policy(_ origins: [String] = ["https://a.example"]) -> CORSPolicy {
        CORSPolicy(
            origins: Set(origins.compactMap(Origin.init)), methods: [.get, .post],
            requestFields: ["Content-Type", "Authorization"], exposedFields: ["X-Request-ID"], maxAge: 600)
    }

    /// The fields of the answer that a browser would see.
    static func answer(_ method: Method, _ fields: [(FieldName, String)], _ policy: CORSPolicy = policy()) -> String {
        var headers = Headers()
        for (name, value) in fields { headers.add(name, value) }
        let decision = policy.decide(method, headers)
        var response = Response(status: 200)
        policy.apply(decision, to: &response)
        if case .preflight(let answer) = decision { response = answer }
        return "\(response.status) " + response.headers.pairs.map { "\($0.name): \($0.value)" }.joined(separator: "; ")
    }

    static let named =
        "Access-Control-Allow-Origin: https://a.example; Access-Control-Allow-Credentials: true"

    @Test func `a page of a listed origin may read the answer`() {
        #expect(
            Self.answer(.get, [("Origin", "https://a.example")])
                == "200 Vary: Origin; \(Self.named); Access-Control-Expose-Headers: X-Request-ID")
    }

    @Test(
        "names nobody, but varies",
        arguments: [
            [], ["https://b.example"], ["null"], ["https://a.example.b"], ["https://a.example", "https://a.example"],
            ["http://a.example"], ["https://a.example:8443"], [""],
        ])
    func unlisted(_ origins: [String]) {
        #expect(Self.answer(.get, origins.map { ("Origin", $0) }) == "200 Vary: Origin")
    }

    @Test func `a preflight of a listed origin is answered without a handler`() {
        #expect(
            Self.answer(.options, [("Origin", "https://a.example"), ("Access-Control-Request-Method", "POST")])
                == "204 Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers; \(Self.named)"
                + "; Access-Control-Allow-Methods: GET, POST"
                + "; Access-Control-Allow-Headers: Content-Type, Authorization; Access-Control-Max-Age: 600")
    }

    @Test func `a preflight of any other is refused`() {
        let fields: [(FieldName, String)] = [
            ("Origin", "https://b.example"), ("Access-Control-Request-Method", "POST"),
        ]
        let refused = "403 Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
        #expect(Self.answer(.options, fields) == refused)
        #expect(Self.answer(.options, fields, Self.policy([])) == refused)
    }

    @Test func `OPTIONS that is no preflight is an ordinary request`() {
        #expect(Self.answer(.options, [("Access-Control-Request-Method", "POST")]) == "200 Vary: Origin")
        #expect(Self.answer(.options, [("Origin", "https://b.example")]) == "200 Vary: Origin")
    }

    @Test(
        "is taken over or not",
        arguments: [
            ("a", true), ("0193-aB_c.d", true), (String(repeating: "a", count: 64), true), ("", false),
            (String(repeating: "a", count: 65), false), ("a b", false), ("a\r\nb", false), ("a\nb", false),
            ("é", false),
            ("a\"b", false), ("a\0", false), ("<a>", false),
        ])
    func requestID(_ text: String, _ isTaken: Bool) {
        #expect(RequestID.accept(text) == (isTaken ? text : nil))
    }
}
