import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import Pages

@Suite struct HandoverTests {
    static let id = LoginTests.id
    static let wiki = "https://\(Browser.wikiHost)"

    /// From the application's host to the code, signing in where that is asked.
    static func code(_ browser: Browser, returnTo: String = "/page") async throws -> String {
        let started = try await browser.go("\(wiki)/.aldrava/start?return_to=\(Query.encoded(returnTo))")
        #expect(started.status == 303 && started.location.hasPrefix("\(id)/login?application=wiki&state="))
        let asked = try await browser.go(started.location)
        if asked.status == 303 { return asked.location }
        let fields = asked.text.matches(of: /type="hidden" name="(\w+)" value="([^"]*)"/)
            .map { (String($0.1), String($0.2)) }
        let answer = try await browser.go("\(id)/login", form: LoginTests.right + fields)
        #expect(answer.status == 303)
        return answer.location
    }

    @Test(arguments: Backend.available)
    func `an application's host gets a session of its own, and gets the same one again silently`(
        _ backend: Backend
    ) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            let callback = try await Self.code(browser, returnTo: "/page?x=1")
            #expect(callback.hasPrefix("\(Self.wiki)/.aldrava/callback?code="))
            let done = try await browser.go(callback)
            #expect(done.status == 303 && done.location == "/page?x=1")
            #expect(browser.cookies[Browser.wikiHost]?.keys.sorted() == ["__Host-default_access"])
            let first = try await Self.caller(browser)
            #expect(first?.user.username == "maria")
            browser.cookies[Browser.wikiHost] = [:]
            browser.cookies[Browser.realmHost]?["__Host-default_access"] = nil
            let silent = try await Self.code(browser)
            try await browser.go(silent)
            #expect(try await Self.caller(browser)?.session == first?.session)
            let account = try await browser.go("\(Self.id)/account")
            #expect(account.text.contains("Also signed in to wiki"))
        }
    }

    /// Who the application's cookie speaks for.
    static func caller(_ browser: Browser) async throws -> Principal? {
        try await browser.person(on: Browser.wikiHost, client: "app/wiki")
    }

    @Test(arguments: Backend.available)
    func `a code is good once, in its browser, on its host, for half a minute`(_ backend: Backend) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            let stolen = try await Self.code(browser)
            let thief = Browser(browser.world)
            #expect(try await thief.go(stolen).status == 400)
            try await thief.go("\(Self.wiki)/.aldrava/start?return_to=/")
            let another = try await Self.code(browser)
            #expect(try await thief.go(another).status == 400)
            #expect(try await browser.go(another).status == 400, "a code that was shown elsewhere is spent")
            let mine = try await Self.code(browser)
            #expect(try await browser.go(mine).status == 303)
            #expect(try await browser.go(mine).status == 400)
            #expect(try await browser.go("\(Self.wiki)/.aldrava/callback").status == 400)
            #expect(try await browser.go("\(Self.wiki)/.aldrava/callback?code=x").status == 400)
            #expect(thief.cookies[Browser.wikiHost]?["__Host-default_access"] == nil)
            guard backend == .sqlite else { return }
            let late = try await Self.code(browser)
            browser.world.clock.advance(by: .seconds(30))
            #expect(try await browser.go(late).status == 400)
        }
    }

    @Test func `a code for one application is refused on another's host`() async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            let callback = try await Self.code(browser)
            browser.cookies["crm.example.com"] = browser.cookies[Browser.wikiHost]
            let wrong = try await browser.go(callback.replacing("wiki.example.com", with: "crm.example.com"))
            #expect(wrong.status == 400)
            #expect(try await browser.go(callback).status == 400)
        }
    }

    @Test func `two tabs that begin together both arrive`() async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            let first = try await Self.code(browser, returnTo: "/first")
            let second = try await Self.code(browser, returnTo: "/second")
            let cookie = browser.cookies[Browser.wikiHost]
            #expect(try await browser.go(first).location == "/first")
            browser.cookies[Browser.wikiHost]?.merge(cookie ?? [:]) { kept, _ in kept }
            #expect(try await browser.go(second).location == "/second")
        }
    }

    @Test(arguments: Backend.available)
    func `what hangs on a session ends with it`(_ backend: Backend) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            try await browser.go(try await Self.code(browser))
            #expect(try await Self.caller(browser) != nil)
            let pending = try await Self.code(browser)
            try await browser.go("\(Self.id)/account/sign-out", form: [])
            #expect(try await Self.caller(browser) == nil)
            #expect(try await browser.go(pending).status == 400)
        }
    }

    @Test(arguments: Backend.available)
    func `signing out of an application is signing out`(_ backend: Backend) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            try await browser.go(try await Self.code(browser))
            let foreign = try await browser.go("\(Self.wiki)/.aldrava/sign-out", form: [], origin: Self.id)
            #expect(foreign.status == 403)
            #expect(try await Self.caller(browser) != nil)
            let out = try await browser.go("\(Self.wiki)/.aldrava/sign-out", form: [("return_to", "/bye")])
            #expect(out.status == 303 && out.location == "/bye")
            #expect(browser.cookies[Browser.wikiHost]?.isEmpty == true)
            #expect(try await browser.go("\(Self.id)/account").status == 303)
        }
    }

    @Test func `an application's cookie is nobody's on the realm's host, and the other way round`() async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            try await browser.go(try await Self.code(browser))
            let own = browser.cookies[Browser.realmHost]?["__Host-default_access"]
            let thief = Browser(browser.world)
            thief.cookies[Browser.realmHost] = browser.cookies[Browser.wikiHost]
            #expect(try await thief.go("\(Self.id)/account").status == 303)
            thief.cookies[Browser.wikiHost] = own.map { ["__Host-default_access": $0] }
            #expect(try await Self.caller(thief) == nil)
        }
    }

    @Test(arguments: ["//evil.example", "https://evil.example/", "/\\evil", "/x\r\ny", "javascript:x"])
    func `the way back lies on the application's host`(_ returnTo: String) async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            let done = try await browser.go(try await Self.code(browser, returnTo: returnTo))
            #expect(done.status == 303 && done.location == "/")
        }
    }

    @Test func `both steps stand in the audit, and refused ones are counted`() async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            let callback = try await Self.code(browser)
            try await browser.go(callback)
            try await browser.go(callback)
            try await browser.world.useCases.refusals.flush()
            let lines = try await browser.world.audit(count: 6).map { $0.json.text }
            #expect(lines.contains { $0.contains("begin_handover") && $0.contains("\"application\":\"wiki\"") })
            #expect(lines.contains { $0.contains("redeem_handover") && $0.contains("\"parent\":") })
            #expect(lines.contains { $0.contains("unknown_handover") })
            let code = callback.split(separator: "code=").last.map(String.init) ?? "?"
            #expect(!lines.contains { $0.contains(code) })
        }
    }
}
