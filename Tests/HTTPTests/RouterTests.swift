import HTTP
import Testing

@Suite("Routes")
struct RouterTests {
    private static let routes: [(Method, String, name: String)] = [
        (.get, "/", "root"), (.post, "/api/users", "create"), (.get, "/api/users", "list"),
        (.get, "/api/users/{id}", "user"), (.delete, "/api/users/{id}", "remove"), (.get, "/api/users/me", "me"),
        (.get, "/api/users/{user}/roles/{role}", "role"), (.get, "/api/users/me/keys", "keys"),
        (.head, "/own", "own head"), (.get, "/own", "own get"), (.get, "/.well-known/jwks.json", "jwks"),
    ]

    static func router() throws -> Router {
        var router = Router()
        for (method, template, _) in routes { try router.add(method, template) }
        return router
    }

    static func text(_ match: Router.Match) -> String {
        switch match {
        case .found(let number, let parameters):
            let (_, template, name) = routes[number]
            let names = ["id", "user", "role"].compactMap { name in parameters[name].map { "\(name)=\($0)" } }
            return ([name, template] + names).joined(separator: " ")
        case .notFound: return "404"
        case .methodNotAllowed(let allow): return "405 " + Method.allowValue(allow)
        }
    }

    @Test(
        "leads to",
        arguments: [
            (Method.get, "/", "root /"), (.get, "/api/users", "list /api/users"),
            (.post, "/api/users", "create /api/users"),
            (.get, "/api/users/7", "user /api/users/{id} id=7"), (.get, "/api/users/me", "me /api/users/me"),
            (.get, "/api/users/m%65", "me /api/users/me"), (.get, "/%61pi/users", "list /api/users"),
            (.delete, "/api/users/me", "remove /api/users/{id} id=me"),
            (.get, "/api/users/me/keys", "keys /api/users/me/keys"),
            (.get, "/api/users/me/roles/x", "role /api/users/{user}/roles/{role} user=me role=x"),
            (.get, "/api/users/a%2Fb", "user /api/users/{id} id=a/b"),
            (.get, "/api/users/a+b", "user /api/users/{id} id=a+b"),
            (.get, "/api/users/%C3%A9", "user /api/users/{id} id=é"), (.get, "/api%2Fusers", "404"),
            (.head, "/api/users", "list /api/users"), (.head, "/own", "own head /own"), (.get, "/own", "own get /own"),
            (.put, "/api/users", "405 GET, HEAD, POST"), (.put, "/api/users/7", "405 GET, HEAD, DELETE"),
            (.put, "/api/users/me", "405 GET, HEAD, DELETE"), (.post, "/", "405 GET, HEAD"),
            (.get, "/.well-known/jwks.json", "jwks /.well-known/jwks.json"),
            (.get, "/api/users/", "404"), (.get, "//", "404"), (.get, "//api/users", "404"),
            (.get, "/api//users", "404"),
            (.get, "/api", "404"), (.get, "/API/users", "404"), (.get, "/api/users/7/", "404"),
            (.get, "/api/users//roles/x", "404"),
            (.get, "/api/users/.", "404"), (.get, "/api/users/..", "404"), (.get, "/api/users/%2e", "404"),
            (.get, "/api/users/%2E%2e", "404"), (.get, "/api/x/../users", "404"), (.get, "/api/./users", "404"),
            (.get, "/api/users/...", "user /api/users/{id} id=..."), (.get, "/api/users/%00", "404"),
            (.get, "/api/users/%FF", "404"), (.get, "/api/users/%C0%AF", "404"), (.get, "/api/users/%zz", "404"),
            (.get, "/api/users/%", "404"), (.get, "", "404"), (.get, "*", "404"), (.get, "api/users", "404"),
        ])
    func leads(_ method: Method, _ path: String, _ expected: String) throws {
        #expect(Self.text(try Self.router().match(method, path: path)) == expected)
    }

    @Test func `a request is matched by its path alone`() throws {
        let request = try #require(Request(method: .get, target: "/api/users/7?x=/y"))
        #expect(Self.text(try Self.router().match(request)) == "user /api/users/{id} id=7")
        let bare = try #require(Request(method: .get, target: "http://a?x"))
        #expect(Self.text(try Self.router().match(bare)) == "root /")
        let star = try #require(Request(method: .options, target: "*"))
        #expect(Self.text(try Self.router().match(star)) == "404")
    }

    @Test(
        "is no template",
        arguments: ["", "a", "/a/", "//", "/a//b", "/{}", "/..", "/a b", "/a%20b", "/{a}/{a}", "/a?b", "/x{a}"])
    func template(_ template: String) {
        var router = Router()
        #expect(throws: RouteFault.malformedTemplate(template)) { try router.add(.get, template) }
    }

    @Test func `a route is added once`() throws {
        var router = try Self.router()
        #expect(throws: RouteFault.repeatedRoute(.get, "/api/users/{other}")) {
            try router.add(.get, "/api/users/{other}")
        }
    }

    @Test(
        "has segments",
        arguments: [
            ("/", []), ("/a/b", ["a", "b"]), ("/a%2Fb/c+d", ["a/b", "c+d"]), ("/a/", nil), ("/a//b", nil),
            ("/%2e/a", nil),
            ("/a/..", nil), ("/%00", nil), ("/%80", nil), ("*", nil),
        ] as [(String, [String]?)])
    func segments(_ target: String, _ expected: [String]?) throws {
        let request = try #require(Request(method: .options, target: target))
        #expect(request.pathSegments == expected)
    }
}
