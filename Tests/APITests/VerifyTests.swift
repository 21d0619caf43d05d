import Domain
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API
@testable import Flows

/// A realm with applications behind a proxy, and the proxy.
struct ForwardAuth {
    static let path = "/api/auth/verify"
    static let own = "http://127.0.0.1:8005"
    static let crm = "https://crm.example.com"
    static let shop = "https://shop.example.com:8443"

    let api: Conversation
    let token: String
    let principal: Principal

    static func with(
        _ backend: Backend = .sqlite, signInURL: String? = nil, _ body: (ForwardAuth) async throws -> Void
    ) async throws {
        let applications = [
            Application(name: "crm", origin: try #require(Origin(crm))),
            Application(name: "shop", origin: try #require(Origin(shop))),
        ]
        try await withAPI(
            backend, origins: [try #require(Origin("https://www.example.com"))],
            rules: ruling {
                $0.applications = applications
                $0.signInURL = signInURL
            }
        ) { api in
            let token = try await api.world.signUp().accessToken
            try await body(
                ForwardAuth(api: api, token: token, principal: try await api.world.whoIs(token).get()))
        }
    }

    /// The fields of a proxy that says all.
    static func original(_ method: String, _ url: String) -> [(FieldName, String)] {
        [("X-Original-Method", method), ("X-Original-URL", url)]
    }

    func cookie(_ client: String = Session.nativeClient) throws -> (FieldName, String) {
        let world = api.world
        let text = world.useCases.authenticate.accessCookies.cookie(
            session: principal.session, counter: try #require(Counter(1)), expiresAt: world.clock.now + .seconds(900),
            realm: world.realm.name, client: client)
        return ("Cookie", "\(world.realm.cookies.access)=\(text)")
    }

    func ask(
        _ title: String, _ method: Method = .get, query: String = "", token: String? = nil,
        _ fields: [(FieldName, String)] = [], isFromProxy: Bool = true
    ) async throws -> Response {
        try await api.send(
            title, method, Self.path + query, token: token, fields: fields, isFromProxy: isFromProxy)
    }

    func ask(
        query: String = "", token: String? = nil, _ fields: [(FieldName, String)] = [], isFromProxy: Bool = true
    ) async throws -> Response {
        try await ask("", query: query, token: token, fields, isFromProxy: isFromProxy)
    }

    /// The claims of the answer's assertion, checked as an application would.
    func claims(_ response: Response, audience: String) throws -> JWT.Claims {
        let text = try #require(response.headers["X-Auth-Assertion"])
        let keys = try #require(api.world.useCases.signingKeys.current(of: api.world.realm))
        let now = api.world.clock.now
        return try JWT.verify(
            text,
            expectations: JWT.Expectations(
                typ: "aldrava-assertion+jwt", issuer: api.world.realm.issuer, audience: audience, now: now),
            key: { keys.believed($0, at: now)?.key.verificationKey })
    }

    static let fields: [FieldName] = [
        "X-Auth-User-Id", "X-Auth-User-Number", "X-Auth-Username", "X-Auth-Source", "X-Auth-Roles",
        "X-Auth-Permissions", "X-Auth-Realm", "X-Auth-Session", "X-Auth-Impersonator",
        "X-Auth-Assertion",
    ]
}

@Suite("A proxy's question") struct VerifyTests {
    @Test(arguments: Backend.available)
    func `says who it is, or that it is nobody, or no`(_ backend: Backend) async throws {
        try await ForwardAuth.with(backend) { proxy in
            let get = ForwardAuth.original("GET", "\(ForwardAuth.crm)/reports?year=2026&x=1")
            let post = ForwardAuth.original("POST", "\(ForwardAuth.crm)/reports")
            let token = proxy.token
            let cookie = try proxy.cookie("app/crm")
            let page: (FieldName, String) = ("Sec-Fetch-Mode", "navigate")
            _ = try await proxy.ask("Nobody", .get, get)
            _ = try await proxy.ask("Nobody wants a page", query: "?redirect=1", get + [page])
            _ = try await proxy.ask("And the proxy looks at the status", query: "?redirect=header", get + [page])
            _ = try await proxy.ask("A token", token: token, post)
            _ = try await proxy.ask("A cookie", .get, get + [cookie])
            _ = try await proxy.ask("A cookie changes something", .get, post + [cookie])
            _ = try await proxy.ask(
                "From the application's page", .get, post + [cookie, ("Origin", "https://crm.example.com")])
            _ = try await proxy.ask("Told twice", token: token, get + [("X-Forwarded-Method", "DELETE")])
            _ = try await proxy.ask("Not told", token: token)
            _ = try await proxy.ask("A role", query: "?role=editor", token: token, get)
            _ = try await proxy.ask("A permission", query: "?permission=report:read", token: token, get)
            _ = try await proxy.ask("A slip of the pen", query: "?rol=editor&permission=x&redirect=yes", token: token)
            try await proxy.api.world.grant(role: "editor", to: "maria")
            _ = try await proxy.ask("With the role", query: "?role=editor&role=user", token: token, get)
            #expect(Golden.difference(proxy.api.transcript, "verify") == nil)
        }
    }

    @Test func `every yes carries every field once, whatever the method`() async throws {
        try await ForwardAuth.with { proxy in
            let cookie = try proxy.cookie()
            let own = ForwardAuth.original("POST", "\(ForwardAuth.own)/x") + [("Origin", ForwardAuth.own)]
            for method in [Method.get, .head, .post, .put, .patch, .delete, .options] {
                let answers = [
                    try await proxy.ask("", method, token: proxy.token),
                    try await proxy.ask("", method, own + [cookie]),
                    try await proxy.ask("", method, token: proxy.token, isFromProxy: false),
                    try await proxy.api.send("", method, ForwardAuth.path, "{}", token: proxy.token),
                ]
                for answer in answers {
                    #expect(answer.status == 200)
                    for field in ForwardAuth.fields { #expect(answer.headers.count(of: field) == 1, "\(field.text)") }
                    #expect(answer.headers["X-Auth-User-Id"] == proxy.principal.user.id.text)
                    #expect(answer.headers["X-Auth-Session"] == proxy.principal.session.text)
                    #expect(answer.caller === proxy.principal)
                }
                #expect(answers[0].headers["X-Auth-Assertion"] == "")
                #expect(answers[1].headers["X-Auth-Assertion"]?.isEmpty == false)
                #expect(answers.map { $0.headers["X-Auth-Source"] } == ["bearer", "session", "bearer", "bearer"])
            }
        }
    }

    @Test func `warm, no database is asked, and no session is renewed`() async throws {
        try await ForwardAuth.with { proxy in
            let get = ForwardAuth.original("GET", "\(ForwardAuth.crm)/")
            _ = try await proxy.ask(token: proxy.token, get)
            _ = try await proxy.ask(get + [try proxy.cookie("app/crm")])
            await proxy.api.world.store.close()
            for method in [Method.get, .head, .post, .options] {
                #expect(try await proxy.ask("", method, token: proxy.token, get).status == 200)
            }
            #expect(try await proxy.ask(get + [try proxy.cookie("app/crm")]).status == 200)
            #expect(try await proxy.ask(get).status == 401)
        }
        try await ForwardAuth.with { proxy in
            let tokens = try await proxy.api.world.signUp("ana")
            let refresh: (FieldName, String) = (
                "Cookie", "\(proxy.api.world.realm.cookies.refresh)=\(tokens.refreshToken)"
            )
            let answer = try await proxy.ask([refresh])
            #expect(answer.status == 401 && !answer.headers.contains("Set-Cookie"))
            guard case .issued = try await proxy.api.world.refresh(tokens.refreshToken) else {
                return #expect(Bool(false))
            }
        }
    }

    @Test(
        "a cookie may change something with a proof of the original page",
        arguments: [
            ("GET", "", "", 200), ("HEAD", "", "", 200), ("OPTIONS", "", "", 200), ("POST", "", "", 403),
            ("DELETE", "", "", 403), ("PROPFIND", "", "", 403), ("get", "", "", 403), ("", "", "", 403),
            ("POST", "https://crm.example.com", "", 200), ("POST", "", "same-origin", 200),
            ("POST", "https://crm.example.com", "same-origin", 200),
            ("PROPPATCH", "https://crm.example.com", "same-origin", 200),
            ("", "https://crm.example.com", "same-origin", 200),
            ("POST", "https://crm.example.com", "cross-site", 403), ("POST", "", "same-site", 403),
            ("POST", "", "none", 403), ("POST", "null", "", 403), ("POST", "https://shop.example.com:8443", "", 403),
            ("POST", "https://www.example.com", "", 403), ("POST", "http://127.0.0.1:8005", "", 403),
            ("POST", "https://evil.example.com", "same-origin", 403), ("POST", "http://crm.example.com", "", 403),
        ])
    func proof(_ method: String, _ origin: String, _ site: String, _ expected: Int) async throws {
        try await ForwardAuth.with { proxy in
            var fields: [(FieldName, String)] = [("X-Original-URL", "\(ForwardAuth.crm)/a")]
            if !method.isEmpty { fields.append(("X-Original-Method", method)) }
            if !origin.isEmpty { fields.append(("Origin", origin)) }
            if !site.isEmpty { fields.append(("Sec-Fetch-Site", site)) }
            let answer = try await proxy.ask(fields + [try proxy.cookie("app/crm")])
            #expect(answer.status == expected)
            if expected == 403 { #expect(answer.code == "same_origin_required") }
            // A program that shows its token has no page.
            #expect(try await proxy.ask(token: proxy.token, fields).status == 200)
        }
    }

    @Test func `a WebSocket is opened by the application's own page`() async throws {
        try await ForwardAuth.with { proxy in
            let opening =
                ForwardAuth.original("GET", "\(ForwardAuth.crm)/live") + [
                    try proxy.cookie("app/crm"), ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
                ]
            #expect(try await proxy.ask(opening).code == "same_origin_required")
            #expect(try await proxy.ask(opening + [("Origin", ForwardAuth.shop)]).code == "same_origin_required")
            #expect(try await proxy.ask(opening + [("Origin", ForwardAuth.crm)]).status == 200)
        }
    }

    @Test func `nobody but a proxy says which request is meant`() async throws {
        try await ForwardAuth.with { proxy in
            let get = ForwardAuth.original("GET", "\(ForwardAuth.crm)/") + [("Sec-Fetch-Mode", "navigate")]
            let cookie = try proxy.cookie()
            #expect(try await proxy.ask(get + [cookie], isFromProxy: false).code == "same_origin_required")
            let bearer = try await proxy.ask(token: proxy.token, get, isFromProxy: false)
            #expect(bearer.status == 200 && bearer.headers["X-Auth-Assertion"] == "")
            #expect(try await proxy.ask(query: "?redirect=1", get, isFromProxy: false).status == 401)
            // Neither does a proxy that leaves out where it is for.
            let half: [(FieldName, String)] = [
                ("X-Original-Method", "POST"), ("X-Original-Host", "crm.example.com"),
                ("Origin", "https://crm.example.com"), ("Sec-Fetch-Site", "same-origin"),
            ]
            #expect(try await proxy.ask(half + [cookie]).code == "same_origin_required")
        }
    }

    @Test func `a cookie counts for the host that it was made for`() async throws {
        try await ForwardAuth.with { proxy in
            let hosts = [
                (ForwardAuth.own, Session.nativeClient), (ForwardAuth.crm, "app/crm"), (ForwardAuth.shop, "app/shop"),
            ]
            for (host, client) in hosts {
                for (_, other) in hosts {
                    let answer = try await proxy.ask(
                        ForwardAuth.original("GET", "\(host)/") + [try proxy.cookie(other)])
                    #expect(answer.status == (client == other ? 200 : 401), "\(host) \(other)")
                }
            }
        }
    }

    @Test func `a browser's preflight is no way past the question`() async throws {
        try await ForwardAuth.with { proxy in
            let preflight: [(FieldName, String)] = [
                ("Origin", "https://www.example.com"), ("Access-Control-Request-Method", "POST"),
            ]
            let asked = try await proxy.ask("", .options, preflight)
            let other = try await proxy.api.send("", .options, "/api/auth/me", fields: preflight)
            let known = try await proxy.ask("", .options, token: proxy.token, preflight)
            #expect(asked.status == 401 && other.status == 204 && known.status == 200)
        }
    }

    @Test(
        "is no demand",
        arguments: [
            "?role=", "?role=a,b", "?role=a%20b", "?permission=a", "?permission=a:b:c", "?permission=:b",
            "?permission=a:", "?Role=a", "?roles=a", "?x", "?redirect", "?redirect=true", "?redirect=1&redirect=1",
            "?role=%FF", "?\(Array(repeating: "role=user", count: 33).joined(separator: "&"))",
        ])
    func demands(_ query: String) async throws {
        try await ForwardAuth.with { proxy in
            let answer = try await proxy.ask(query: query, token: proxy.token)
            #expect(answer.status == 400)
            #expect(!answer.headers.contains("X-Auth-User-Id"))
        }
    }

    @Test func `all that is demanded must be held`() async throws {
        try await ForwardAuth.with { proxy in
            let world = proxy.api.world
            _ = try await world.useCases.createPermission(
                resource: "report", action: "read", name: nil, description: "", in: world.realm.name, by: .commandLine)
            try await world.give("report:read", to: "maria")
            for (query, expected) in [
                ("", 200), ("?", 200), ("?role=user", 200), ("?permission=report:read", 200),
                ("?role=user&permission=report:read", 200), ("?role=user&role=admin", 403),
                ("?role=admin&permission=report:read", 403), ("?permission=report:read&permission=report:write", 403),
                ("?role=User", 403),
            ] {
                #expect(try await proxy.ask(query: query, token: proxy.token).status == expected, "\(query)")
            }
        }
    }

    @Test(arguments: [
        ("maria", "maria"), ("", ""), ("é", "%C3%A9"), ("a b", "a%20b"), ("100%", "100%25"), ("a,b", "a,b"),
        ("\u{7F}\r\n", "%7F%0D%0A"), ("e\u{301}", "e%CC%81"), ("%C3%A9", "%25C3%25A9"),
    ])
    func `a name is written in visible ASCII`(_ name: String, _ expected: String) {
        #expect(VerifyReply.visible(name) == expected)
    }
}
