import HTTP
import Testing

@Suite("The host that a request is for")
struct AuthorityTests {
    @Test(
        "has one spelling",
        arguments: [
            ("id.example.com", true, "id.example.com"), ("ID.Example.COM", true, "id.example.com"),
            ("id.example.com:443", true, "id.example.com"), ("id.example.com:80", true, "id.example.com:80"),
            ("id.example.com:80", false, "id.example.com"), ("id.example.com:443", false, "id.example.com:443"),
            ("id.example.com:443", nil, "id.example.com:443"), ("id.example.com:00443", true, "id.example.com"),
            ("id.example.com:08443", true, "id.example.com:8443"), ("id.example.com:0", true, "id.example.com:0"),
            ("id.example.com.", true, "id.example.com"), ("id.example.com.:443", true, "id.example.com"),
            ("id.example.com.:8443", true, "id.example.com:8443"), ("id.example.com..", true, "id.example.com."),
            ("[::1]:8443", true, "[::1]:8443"), ("[2001:DB8::1]", true, "[2001:db8::1]"), ("[::1]:443", true, "[::1]"),
            ("127.0.0.1:8080", false, "127.0.0.1:8080"), ("x", true, "x"), ("443", true, "443"), (".", true, nil),
            (".:443", true, nil), ("", true, nil), ("a:", true, nil), ("a:x", true, nil), ("a:65536", true, nil),
            ("a@b", true, nil), ("a/b", true, nil), ("a,b", true, nil), ("a b", true, nil), ("[::1", true, nil),
            ("é", true, nil),
        ] as [(String, Bool?, String?)])
    func spelling(_ text: String, _ isSecure: Bool?, _ expected: String?) throws {
        #expect(Authority.canonical(text.utf8, isSecure: isSecure) == expected)
        var headers = Headers()
        headers.add("Host", text)
        var request = try #require(Request(method: .get, target: "/", headers: headers))
        guard let isSecure else { return }
        request.isSecure = isSecure
        #expect(request.authority == expected)
        if let expected {
            #expect(request.isAddressed(to: expected))
            #expect(!request.isAddressed(to: expected + "0"))
            #expect(!request.isAddressed(to: "0" + expected))
            #expect(!request.isAddressed(to: expected + ":1"))
        }
        #expect(!request.isAddressed(to: ""))
        #expect(!request.isAddressed(to: "other.example.com"))
    }

    @Test func `is not known without the field, or with two`() throws {
        var headers = Headers()
        #expect(try #require(Request(method: .get, target: "/", headers: headers)).authority == nil)
        headers.add("Host", "a")
        headers.add("host", "a")
        let request = try #require(Request(method: .get, target: "/", headers: headers))
        #expect(request.authority == nil)
        #expect(!request.isAddressed(to: "a"))
    }
}
