import Domain
import Flows
import HTTP
import Storage
import TestSupport
import Testing

@testable import Pages

@Suite struct LoginTests {
    static let id = "https://\(Browser.realmHost)"
    static let right = [("username_or_email", "maria"), ("password", "correct horse battery")]

    @Test(arguments: Backend.available)
    func `one who signs in has cookies, goes where they wanted, and is not asked again`(_ backend: Backend) async throws
    {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            let page = try await browser.go("\(Self.id)/login?return_to=/wiki%3Fa")
            #expect(page.status == 200 && page.text.contains("name=\"return_to\" value=\"/wiki?a\""))
            let answer = try await browser.go("\(Self.id)/login", form: Self.right + [("return_to", "/wiki?a")])
            #expect(answer.status == 303 && answer.location == "/wiki?a")
            let jar = browser.cookies[Browser.realmHost] ?? [:]
            #expect(jar.keys.sorted() == ["__Host-default_access", "__Host-default_device", "__Host-default_refresh"])
            let again = try await browser.go("\(Self.id)/login?return_to=/other")
            #expect(again.status == 303 && again.location == "/other")
        }
    }

    @Test(arguments: Backend.available)
    func `who comes back after the access cookie has run out is not asked either`(_ backend: Backend) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            try await browser.go("\(Self.id)/login", form: Self.right)
            let before = browser.cookies[Browser.realmHost] ?? [:]
            browser.cookies[Browser.realmHost]?["__Host-default_access"] = nil
            let account = try await browser.go("\(Self.id)/account")
            #expect(account.status == 200)
            let after = browser.cookies[Browser.realmHost] ?? [:]
            #expect(after["__Host-default_refresh"] != before["__Host-default_refresh"])
            #expect(after["__Host-default_access"] != nil)
        }
    }

    @Test func `wrong, unknown, empty and too long look alike`() async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            var pages: Set<String> = []
            for (name, word) in [
                ("maria", "wrong password"), ("nobody", "wrong password"), ("maria", ""),
                ("maria", String(repeating: "x", count: 5_000)),
            ] {
                let answer = try await browser.go(
                    "\(Self.id)/login", form: [("username_or_email", name), ("password", word)])
                #expect(answer.status == 401 && answer.headers.contains("WWW-Authenticate"))
                #expect(!answer.text.contains("wrong password"))
                #expect(answer.text.contains("aria-describedby=\"problem\"") && answer.text.contains("id=\"problem\""))
                pages.insert(answer.text.replacing("value=\"\(name)\"", with: "value=\"\""))
            }
            #expect(pages.count == 1)
            #expect(browser.cookies.isEmpty)
        }
    }

    @Test func `what was typed comes back as text, and the way is kept`() async throws {
        try await withBrowser { browser in
            let answer = try await browser.go(
                "\(Self.id)/login",
                form: [
                    ("username_or_email", "\"><script>alert(1)</script>"), ("password", "x"), ("return_to", "/a?b=c"),
                    ("lang", "pt-BR"),
                ])
            #expect(answer.text.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\""))
            #expect(
                answer.text.contains("<html lang=\"pt-BR\">") && answer.text.contains("name=\"lang\" value=\"pt-BR\""))
            #expect(answer.text.contains("name=\"return_to\" value=\"/a?b=c\""))
            #expect(answer.headers["Content-Language"] == "pt-BR")
        }
    }

    @Test(
        arguments: [
            ("https://evil.example", []), ("", []), ("null", []), ("https://wiki.example.com", []),
            ("https://spa.example.org", []), ("https://id.example.com", [("Sec-Fetch-Site", "cross-site")]),
            ("https://id.example.com", [("Sec-Fetch-Site", "same-site")]), ("", [("Sec-Fetch-Site", "cross-site")]),
            ("", [("Sec-Fetch-Site", "none")]), ("http://id.example.com", []), ("https://id.example.com:444", []),
        ] as [(String, [(String, String)])])
    func `no other page signs anybody in, out or up`(_ origin: String, _ more: [(String, String)]) async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            let fields = more.compactMap { name, value in FieldName(name).map { ($0, value) } }
            let paths = browser.routes.filter { $0.method == .post && $0.scope == .realm }.map(\.path)
            #expect(paths.count > 15)
            for path in paths {
                let answer = try await browser.go(
                    "\(Self.id)\(path)", form: Self.right, origin: origin, fields: fields)
                #expect(answer.status == 403, "\(path)")
                #expect(!answer.headers.contains("Set-Cookie"))
            }
        }
    }

    @Test func `an old browser's Origin, or a new one's Sec-Fetch-Site alone, is enough`() async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            let old = try await browser.go("\(Self.id)/login", form: Self.right)
            #expect(old.status == 303)
            let new = try await browser.go(
                "\(Self.id)/login", form: Self.right, origin: "", fields: [("Sec-Fetch-Site", "same-origin")])
            #expect(new.status == 303)
        }
    }

    @Test func `only a form is read`() async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            for media in [
                "application/json", "text/plain", "multipart/form-data; boundary=x",
                "application/x-www-form-urlencodedx",
            ] {
                let answer = try await browser.go(
                    "\(Self.id)/login", form: Self.right, fields: [("Content-Type", media)])
                #expect(answer.status == 400, "\(media)")
            }
            let charset = try await browser.go(
                "\(Self.id)/login", form: Self.right,
                fields: [("Content-Type", "Application/X-WWW-Form-URLencoded; charset=UTF-8")])
            #expect(charset.status == 303)
        }
    }

    @Test(arguments: [
        ("/login", "/account"), ("/login?return_to=https://evil.example/", "/account"),
        ("/login?return_to=//evil.example", "/account"),
        ("/login?return_to=https://spa.example.org/x", "https://spa.example.org/x"),
        ("/login?return_to=https://wiki.example.com/x", "https://wiki.example.com/.aldrava/start?return_to=/x"),
        ("/login?application=wiki&return_to=/x", "https://wiki.example.com/.aldrava/start?return_to=/x"),
        ("/login?application=other&return_to=/x", "/account"), ("/login?lang=pt", "/account?lang=pt-BR"),
        ("/register?return_to=/x", "/x"),
    ])
    func `who is signed in goes on at once`(_ path: String, _ location: String) async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            try await browser.go("\(Self.id)/login", form: Self.right)
            let answer = try await browser.go("\(Self.id)\(path)")
            #expect(answer.status == 303 && answer.location == location)
        }
    }

    @Test func `a page's form may lead to where the person goes, and nowhere else`() async throws {
        try await withBrowser { browser in
            let to = try await browser.go("\(Self.id)/login?application=wiki&return_to=/x")
            #expect(
                to.headers["Content-Security-Policy"]
                    == "default-src 'none'; style-src 'self'; form-action 'self' https://wiki.example.com; "
                    + "frame-ancestors 'none'; base-uri 'none'")
            #expect(to.text.contains("wiki.example.com"))
            let evil = try await browser.go("\(Self.id)/login?return_to=https://evil.example/")
            #expect(
                evil.headers["Content-Security-Policy"]
                    == "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
            )
        }
    }

    @Test func `the style's name says its content, and it is kept for ever`() async throws {
        try await withBrowser { browser in
            let page = try await browser.go("\(Self.id)/login")
            #expect(page.text.contains("href=\"\(Stylesheet.template)\""))
            let style = try await browser.go("\(Self.id)\(Stylesheet.template)")
            #expect(style.headers["Cache-Control"] == "public, max-age=31536000, immutable")
            #expect(style.body == Stylesheet.content && style.body.count > 2_000)
        }
    }

    @Test func `a realm without cookies has no pages, and one without sign-up no such page`() async throws {
        var (tokensOnly, closed) = (Browser.rules, Browser.rules)
        tokensOnly.transports = [.token]
        closed.hasSignUp = false
        try await withBrowser(rules: tokensOnly) { (browser: Browser) async throws in
            for route in browser.routes
            where route.scope == .realm && !route.path.hasSuffix(".css") && !route.path.hasSuffix(".js") {
                let form: [(String, String)]? = route.method == .post ? LoginTests.right : nil
                #expect(try await browser.go("\(Self.id)\(route.path)", form: form).status == 404, "\(route.path)")
            }
            #expect(try await browser.go("https://wiki.example.com/.aldrava/start").status == 404)
        }
        try await withBrowser(rules: closed) { (browser: Browser) async throws in
            #expect(try await browser.go("\(Self.id)/register").status == 404)
            #expect(try await browser.go("\(Self.id)/register", form: []).status == 404)
            #expect(try await browser.go("\(Self.id)/login").text.contains("/register") == false)
        }
    }
}
