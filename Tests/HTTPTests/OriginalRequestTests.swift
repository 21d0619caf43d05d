import HTTP
import Testing

@Suite("The request that a proxy asks about")
struct OriginalRequestTests {
    static func told(_ fields: [(FieldName, String)], isFromProxy: Bool = true) throws -> OriginalRequest.Told {
        var headers = Headers()
        for (name, value) in fields { headers.add(name, value) }
        var request = try #require(Request(method: .get, target: "/api/auth/verify", headers: headers))
        request.isFromProxy = isFromProxy
        return OriginalRequest.told(by: request)
    }

    static func text(_ told: OriginalRequest.Told) -> String {
        switch told {
        case .nothing: "nothing"
        case .malformed(let fault): fault.sentence
        case .request(let it):
            "\(it.method ?? "?") \(it.isSafe ? "safe" : "unsafe") \(it.origin?.description ?? it.host ?? "?") \(it.uri ?? "?")"
        }
    }

    static let nginx: [(FieldName, String)] = [
        ("X-Original-Method", "POST"), ("X-Original-URI", "/a/b?c=d"), ("X-Original-Host", "App.Example.com"),
        ("X-Forwarded-Proto", "https"),
    ]
    static let caddy: [(FieldName, String)] = [
        ("X-Forwarded-Method", "GET"), ("X-Forwarded-Uri", "/a?b"), ("X-Forwarded-Host", "app.example.com:8443"),
        ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.1"),
    ]
    static let ingress: [(FieldName, String)] = [
        ("X-Original-URL", "https://app.example.com/a?b=c"), ("X-Original-Method", "DELETE"),
    ]

    @Test func `every proxy's way of saying it is understood`() throws {
        #expect(Self.text(try Self.told(Self.nginx)) == "POST unsafe https://app.example.com /a/b?c=d")
        #expect(Self.text(try Self.told(Self.caddy)) == "GET safe https://app.example.com:8443 /a?b")
        #expect(Self.text(try Self.told(Self.ingress)) == "DELETE unsafe https://app.example.com /a?b=c")
        guard case .request(let original) = try Self.told(Self.ingress) else { return #expect(Bool(false)) }
        #expect(original.url == "https://app.example.com/a?b=c")
    }

    @Test func `nobody but a listed proxy is believed`() throws {
        for fields in [Self.nginx, Self.caddy, Self.ingress] {
            #expect(try Self.told(fields, isFromProxy: false) == .nothing)
        }
        #expect(try Self.told([]) == .nothing)
        #expect(try Self.told([("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "192.0.2.1")]) == .nothing)
    }

    @Test func `a field that stands twice is refused, whatever it says`() throws {
        for fields in [Self.nginx, Self.caddy, Self.ingress] {
            for (name, value) in fields where name.text != "X-Forwarded-For" {
                let sentence = "\(name.text) was sent more than once"
                #expect(Self.text(try Self.told(fields + [(name, value)])) == sentence)
            }
        }
    }

    @Test(
        "contradicts what nginx says",
        arguments: [
            ("X-Forwarded-Method", "GET"), ("X-Forwarded-Method", "post"), ("X-Forwarded-Uri", "/a/b"),
            ("X-Forwarded-Host", "other.example.com"), ("X-Forwarded-Host", "app.example.com:8443"),
            ("X-Original-URL", "https://app.example.com/other"),
            ("X-Original-URL", "https://other.example.com/a/b?c=d"),
            ("X-Original-URL", "http://app.example.com/a/b?c=d"),
        ] as [(FieldName, String)])
    func contradiction(_ name: FieldName, _ value: String) throws {
        #expect(Self.text(try Self.told(Self.nginx + [(name, value)])).hasSuffix("contradict each other"))
    }

    @Test func `the same said twice over in other words is one request`() throws {
        let both =
            Self.nginx + [
                ("X-Forwarded-Method", "POST"), ("X-Forwarded-Uri", "/a/b?c=d"),
                ("X-Forwarded-Host", "app.example.com:443"), ("X-Original-URL", "HTTPS://app.example.com./a/b?c=d"),
            ]
        #expect(Self.text(try Self.told(both)) == "POST unsafe https://app.example.com /a/b?c=d")
    }

    @Test(
        "is malformed",
        arguments: [
            ("X-Original-Method", ""), ("X-Original-Method", "GET POST"), ("X-Original-Method", "GET,POST"),
            ("X-Original-Method", String(repeating: "A", count: 33)), ("X-Forwarded-Method", "G\u{7F}T"),
            ("X-Original-URI", ""), ("X-Original-URI", "a"), ("X-Original-URI", "https://evil/"),
            ("X-Original-URI", "/a b"), ("X-Original-URI", "/a#b"), ("X-Original-URI", "/é"),
            ("X-Forwarded-Uri", "*"), ("X-Original-Host", ""), ("X-Original-Host", "a, b"), ("X-Original-Host", "a@b"),
            ("X-Forwarded-Host", "a/b"), ("X-Forwarded-Host", "a:b"), ("X-Original-URL", "/a"), ("X-Original-URL", ""),
            ("X-Original-URL", "ftp://a/"), ("X-Original-URL", "https://"), ("X-Original-URL", "https://u@a/"),
            ("X-Original-URL", "https:/a"), ("X-Original-URL", "https://a/#b"),
            ("X-Original-URL", "https://a\\@b/"), ("X-Forwarded-Proto", "https, http"), ("X-Forwarded-Proto", ""),
        ] as [(FieldName, String)])
    func malformed(_ name: FieldName, _ value: String) throws {
        #expect(Self.text(try Self.told([(name, value)])) == "\(name.text) is malformed")
    }

    @Test(
        "is told in part",
        arguments: [
            ("X-Original-Method", "HEAD", "HEAD safe ? ?"), ("X-Original-Method", "get", "get unsafe ? ?"),
            ("X-Original-Method", "PROPFIND", "PROPFIND unsafe ? ?"), ("X-Original-URI", "//evil", "? unsafe ? //evil"),
            ("X-Original-URI", "/\"<>|", "? unsafe ? /\"<>|"), ("X-Forwarded-Host", "a:443", "? unsafe a:443 ?"),
            ("X-Original-URL", "http://a:80", "? unsafe http://a /"),
            ("X-Original-URL", "http://a?b", "? unsafe http://a /?b"),
        ] as [(FieldName, String, String)])
    func part(_ name: FieldName, _ value: String, _ expected: String) throws {
        #expect(Self.text(try Self.told([(name, value)])) == expected)
    }

    @Test func `a WebSocket's opening has the origin of a page`() throws {
        #expect(
            Self.text(try Self.told([("X-Forwarded-Proto", "wss"), ("X-Forwarded-Host", "a:443")]))
                == "? unsafe https://a ?")
    }
}
