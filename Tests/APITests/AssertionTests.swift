import Domain
import HTTP
import Standards
import TestSupport
import Testing

@testable import API
@testable import Flows

@Suite("Assertions") struct AssertionTests {
    private static let post = ForwardAuth.original("POST", "\(ForwardAuth.shop)/cart")

    private static func assertion(_ response: Response) throws -> String {
        try #require(response.headers["X-Auth-Assertion"])
    }

    @Test func `an assertion says who, for whom, and for which request`() async throws {
        try await ForwardAuth.with { proxy in
            let answer = try await proxy.ask(token: proxy.token, Self.post)
            let claims = try proxy.claims(answer, audience: ForwardAuth.shop)
            let now = proxy.api.world.clock.now
            #expect(claims.subject == proxy.principal.user.id.text)
            #expect(claims["sid"]?.string == proxy.principal.session.text)
            #expect(claims["htm"]?.string == "POST" && claims["host"]?.string == "shop.example.com:8443")
            #expect(claims["roles"] == .array([.string("user")]) && claims["permissions"] == .array([]))
            #expect(claims["iat"]?.integer == now.seconds && claims["exp"]?.integer == now.seconds + 60)
            #expect(throws: JWTRefusal.wrongAudience) { try proxy.claims(answer, audience: ForwardAuth.crm) }
            let untold = try await proxy.ask(token: proxy.token, [("X-Original-URL", "\(ForwardAuth.shop)/")])
            #expect(try proxy.claims(untold, audience: ForwardAuth.shop)["htm"] == nil)
        }
    }

    @Test func `an assertion opens nothing here`() async throws {
        try await ForwardAuth.with { proxy in
            let text = try Self.assertion(try await proxy.ask(token: proxy.token, Self.post))
            let own = try Self.assertion(
                try await proxy.ask(token: proxy.token, ForwardAuth.original("GET", "\(ForwardAuth.own)/")))
            let world = proxy.api.world
            for text in [text, own] {
                #expect(throws: JWTRefusal.wrongType) {
                    try world.useCases.authenticate.accessTokens.check(Array(text.utf8)[...], in: world.realm)
                }
                #expect(try await proxy.ask(token: text, Self.post).status == 401)
                #expect(try await proxy.api.send("", .get, "/api/auth/me", token: text).status == 401)
                let cookie: (FieldName, String) = ("Cookie", "\(world.realm.cookies.access)=\(text)")
                #expect(try await proxy.ask(Self.post + [cookie]).status == 401)
            }
            // And an access token is no assertion, although the same key signed it.
            let answer = Response(status: 200, headers: Self.headers(proxy.token))
            #expect(throws: JWTRefusal.wrongType) { try proxy.claims(answer, audience: world.realm.issuer) }
        }
    }

    private static func headers(_ assertion: String) -> Headers {
        var headers = Headers()
        headers.add("X-Auth-Assertion", assertion)
        return headers
    }

    @Test func `one is used again while half of its life remains`() async throws {
        try await ForwardAuth.with { proxy in
            let clock = proxy.api.world.clock
            func ask(_ fields: [(FieldName, String)] = Self.post) async throws -> String {
                let answer = try await proxy.ask(token: proxy.token, fields)
                let exp = try proxy.claims(answer, audience: ForwardAuth.shop).expiresAt
                #expect(exp.milliseconds - clock.now.milliseconds >= 29_500)
                return try Self.assertion(answer)
            }
            let first = try await ask()
            for _ in 0..<28 {
                clock.advance(by: .seconds(1))
                #expect(try await ask() == first)
            }
            clock.advance(by: .seconds(2))
            let second = try await ask()
            #expect(second != first)
            #expect(try await ask() == second)
            #expect(try await ask(ForwardAuth.original("PUT", "\(ForwardAuth.shop)/cart")) != second)
            // Another path is the same request to it.
            #expect(try await ask(ForwardAuth.original("POST", "\(ForwardAuth.shop)/other")) == second)
            clock.advance(by: .seconds(-3_600))
            #expect(try await ask() != second)
        }
    }

    @Test func `one says what holds now, and nothing for a session that is over`() async throws {
        try await ForwardAuth.with { proxy in
            let world = proxy.api.world
            let first = try Self.assertion(try await proxy.ask(token: proxy.token, Self.post))
            try await world.grant(role: "editor", to: "maria")
            let answer = try await proxy.ask(token: proxy.token, Self.post)
            #expect(try Self.assertion(answer) != first)
            let roles = try proxy.claims(answer, audience: ForwardAuth.shop)["roles"]
            #expect(roles == .array([.string("editor"), .string("user")]))
            _ = try await world.useCases.rotateSigningKey(in: world.realm)
            let ana = try await world.signUp("ana")
            let others = try await proxy.ask(token: ana.accessToken, Self.post)
            #expect(try proxy.claims(others, audience: ForwardAuth.shop).subject != proxy.principal.user.id.text)
            try await world.useCases.signOut(proxy.principal, from: World.source)
            let after = try await proxy.ask(token: proxy.token, Self.post)
            #expect(after.status == 401 && !after.headers.contains("X-Auth-Assertion"))
        }
    }

    @Test func `a key that is retired at once signs none that is handed out later`() async throws {
        try await ForwardAuth.with { proxy in
            let world = proxy.api.world
            let cookie = try proxy.cookie("app/shop")
            let fields = Self.post + [cookie, ("Origin", ForwardAuth.shop)]
            let first = try Self.assertion(try await proxy.ask(fields))
            let kid = try #require(
                world.useCases.signingKeys.current(of: world.realm)?.signing(at: world.clock.now)?.life.kid)
            _ = try await world.useCases.retireSigningKey(kid, atOnce: true, in: world.realm)
            let answer = try await proxy.ask(fields)
            #expect(try Self.assertion(answer) != first)
            #expect(throws: Never.self) { try proxy.claims(answer, audience: ForwardAuth.shop) }
        }
    }

    @Test func `however many there are, few are kept`() async throws {
        try await ForwardAuth.with { proxy in
            let world = proxy.api.world
            let assertions = Assertions(
                keys: world.useCases.signingKeys,
                capabilities: world.useCases.authenticate.capabilities, capacity: 8)
            let result = AuthResult(proxy.principal, by: .bearer)
            let origin = try #require(Origin(ForwardAuth.shop))
            func made(_ number: Int) -> String? {
                assertions.answer(
                    result, for: origin, method: "M\(number)", in: world.realm, VerifyReply.headers)?[
                        "X-Auth-Assertion"]
            }
            let first = made(0)
            #expect(first != nil && made(0) == first)
            for number in 0..<100 { _ = made(number) }
            #expect(assertions.count <= 8)
        }
    }
}
