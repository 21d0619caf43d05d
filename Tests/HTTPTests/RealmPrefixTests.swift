import HTTP
import Testing

@Suite("The realm in front of a path")
struct RealmPrefixTests {
    @Test(
        "is cut off",
        arguments: [
            ("/realms/shop/api/users", "shop", "list /api/users"),
            ("/realms/shop/api/users/7?x=/y", "shop", "user /api/users/{id} id=7"),
            ("http://a/realms/a-0/api/users/m%65", "a-0", "me /api/users/me"),
            ("/realms/shop/", "shop", "root /"), ("/realms/shop//api/users", "shop", "404"),
            ("/realms/shop/realms/shop/api/users", "shop", "404"), ("/realms/shop/api/users/", "shop", "404"),
            ("/realms/shop/api/users/%2e", "shop", "404"),
            (
                "/realms/\(String(repeating: "a", count: 32))/api/users", String(repeating: "a", count: 32),
                "list /api/users"
            ),
        ])
    func cut(_ target: String, _ name: String, _ expected: String) throws {
        let request = try #require(Request(method: .get, target: target))
        let prefix = try #require(request.realmPrefix)
        #expect(prefix.name == name)
        #expect(RouterTests.text(try RouterTests.router().match(request, from: prefix.end)) == expected)
    }

    @Test(
        "is not there",
        arguments: [
            "/", "/realms", "/realms/", "/realms//api/users", "/realms/shop", "/Realms/shop/api", "/realms/Shop/api",
            "/realms/sh%6Fp/api", "/%72ealms/shop/api", "/realms/sh_op/api", "/realms/a.b/api", "//realms/shop/api",
            "/api/realms/shop/api", "/realms/\(String(repeating: "a", count: 33))/api", "/realmsx/shop/api", "*",
        ])
    func absent(_ target: String) throws {
        let request = try #require(Request(method: .options, target: target))
        #expect(request.realmPrefix == nil)
    }

    @Test func `another method is named by the same rules`() throws {
        let request = try #require(Request(method: .put, target: "/realms/shop/api/users"))
        #expect(RouterTests.text(try RouterTests.router().match(request, from: 12)) == "405 GET, HEAD, POST")
    }

    @Test("finds nothing", arguments: [-1, 1, 10, 11, 100, .max])
    func outside(_ offset: Int) throws {
        let request = try #require(Request(method: .get, target: "/api/users"))
        #expect(RouterTests.text(try RouterTests.router().match(request, from: offset)) == "404")
        #expect(RouterTests.text(try RouterTests.router().match(request, from: 0)) == "list /api/users")
    }
}
