import Domain
import Flows
import HTTP
import TestSupport
import Testing

@testable import API

@Suite("Sent to sign in") struct VerifySignInTests {
    private static let page = [("Sec-Fetch-Mode", "navigate")] as [(FieldName, String)]
    private static let html = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")] as [(FieldName, String)]

    @Test(
        arguments: [
            (
                "GET", "https://crm.example.com/a?b=c&d=é".replacing("é", with: "%C3%A9"), page,
                "https%3A%2F%2Fcrm.example.com%2Fa%3Fb%3Dc%26d%3D%25C3%25A9"
            ),
            ("GET", "https://crm.example.com/", html, "https%3A%2F%2Fcrm.example.com%2F"),
            (
                "GET", "https://crm.example.com/a|b?{c}=%0A", page,
                "https%3A%2F%2Fcrm.example.com%2Fa%257Cb%3F%257Bc%257D%3D%250A"
            ),
            ("GET", "https://shop.example.com:8443", page, "https%3A%2F%2Fshop.example.com%3A8443%2F"),
            ("GET", "http://127.0.0.1:8005/account", page, "http%3A%2F%2F127.0.0.1%3A8005%2Faccount"),
            ("GET", "https://www.example.com/", page, "https%3A%2F%2Fwww.example.com%2F"),
            (
                "GET", "https://crm.example.com/\(String(repeating: "x", count: 2_048))", page,
                "https%3A%2F%2Fcrm.example.com%2F"
            ),
            (
                "GET", "https://crm.example.com/?\(String(repeating: "|", count: 1_000))", page,
                "https%3A%2F%2Fcrm.example.com%2F"
            ),
            (
                "GET", "https://crm.example.com/?\(String(repeating: "&", count: 1_200))", page,
                "https%3A%2F%2Fcrm.example.com%2F"
            ),
            ("GET", "https://evil.example.com/", page, nil), ("GET", "http://crm.example.com/", page, nil),
            ("GET", "https://crm.example.com.evil.example.com/", page, nil),
            ("POST", "https://crm.example.com/", page, nil), ("HEAD", "https://crm.example.com/", page, nil),
            ("GET", "https://crm.example.com/", [], nil), ("GET", "https://crm.example.com/", [("Accept", "*/*")], nil),
            ("GET", "https://crm.example.com/", html + [("Sec-Fetch-Mode", "cors")], nil),
            ("GET", "https://crm.example.com/", page + page, nil),
            ("GET", "http://127.0.0.1:8005/login?return_to=x", page, nil),
        ] as [(String, String, [(FieldName, String)], String?)])
    func `only a navigation, and only back to where the realm is known`(
        _ method: String, _ url: String, _ fields: [(FieldName, String)], _ expected: String?
    ) async throws {
        try await ForwardAuth.with { proxy in
            let answer = try await proxy.ask(query: "?redirect=1", ForwardAuth.original(method, url) + fields)
            #expect(answer.status == (expected == nil ? 401 : 302))
            #expect(
                answer.headers["Location"]
                    == expected.map { "\(ForwardAuth.own)/login?return_to=\($0)" })
            let named = try await proxy.ask(query: "?redirect=header", ForwardAuth.original(method, url) + fields)
            #expect(named.status == 401 && named.headers["Location"] == answer.headers["Location"])
            let plain = try await proxy.ask(query: "?redirect=0", ForwardAuth.original(method, url) + fields)
            #expect(plain.status == 401 && !plain.headers.contains("Location"))
        }
    }

    @Test func `a page of the realm's own sends people to where their session is handed over`() async throws {
        try await ForwardAuth.with(signInURL: "https://www.example.com/sign-in?app=1") { proxy in
            let get = ForwardAuth.original("GET", "\(ForwardAuth.crm)/a?b=c") + Self.page
            let answer = try await proxy.ask(query: "?redirect=1", token: "wrong", get)
            #expect(
                answer.headers["Location"]
                    == "https://www.example.com/sign-in?app=1&return_to=https%3A%2F%2Fcrm.example.com%2F.aldrava%2Fstart%3Freturn_to%3D%252Fa%253Fb%253Dc"
            )
            let own = ForwardAuth.original("GET", "\(ForwardAuth.own)/a") + Self.page
            #expect(
                try await proxy.ask(query: "?redirect=1", own).headers["Location"]
                    == "https://www.example.com/sign-in?app=1&return_to=http%3A%2F%2F127.0.0.1%3A8005%2Fa")
            #expect(try await proxy.ask(query: "?redirect=1", token: proxy.token, get).status == 200)
            #expect(try await proxy.ask(query: "?redirect=1&role=admin", token: proxy.token, get).status == 403)
        }
    }
}
