import Domain
import Flows
import HTTP
import Storage
import TestSupport
import Testing

@testable import Pages

/// What holds for every page of the map; one that is added is asked too. The rest of it, ``Browser`` checks each time.
@Suite struct EveryPageTests {
    static let paths = [
        "/forgot", "/check-mail?for=reset&ticket=\(word)", "/check-mail?for=confirm&ticket=\(word)",
        "/check-mail?for=verify&ticket=\(word)", "/check-mail?for=email-change&ticket=\(word)",
        "/reset?token=\(word)", "/invite?token=\(word)", "/confirm?token=\(word)", "/verify?token=\(word)",
        "/email-change?token=\(word)", "/email-undo?token=\(word)", "/undelete?token=\(word)", "/reactivate",
        "/account/email", "/account/password", "/account/deactivate", "/account/delete", "/account/data",
        "/account/data/download",
        "/account",
        "/login", "/register",
    ]
    static let word = String(repeating: "a", count: 43)

    /// A browser that is signed in where the page needs that, and is not where the page would lead on.
    private static func see(_ path: String, _ body: (Browser) async throws -> Void) async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            if path.hasPrefix("/account") { try await browser.go("\(LoginTests.id)/login", form: LoginTests.right) }
            try await body(browser)
        }
    }

    @Test(arguments: paths)
    func `a page speaks both languages, with one title, and labels on all that is filled in`(
        _ path: String
    ) async throws {
        try await Self.see(path) { browser in
            var titles: Set<String> = []
            for language in Language.allCases {
                browser.language = language.rawValue
                let page = try await browser.go("\(LoginTests.id)\(path)")
                #expect(page.status == 200 && page.text.contains("<html lang=\"\(language.rawValue)\">"))
                let found = page.text.matches(of: /<h1>([^<]*)<\/h1>/).map { String($0.1) }
                #expect(found.count == 1)
                titles.formUnion(found)
                for input in page.text.matches(of: /<input id="([a-z_]+)"/) {
                    #expect(page.text.contains("<label for=\"\(input.1)\">"))
                }
                for place in page.text.matches(of: /aria-describedby="([^"]+)"/) {
                    for id in place.1.split(separator: " ") { #expect(page.text.contains("id=\"\(id)\""), "\(id)") }
                }
                // The same page in the other language, and what it cannot be shown without.
                let other = try #require(page.text.firstMatch(of: /<a href="([^"]+)" lang="/)).1
                let link = String(other).replacing("&amp;", with: "&")
                #expect(try await browser.go("\(LoginTests.id)\(link)").status == 200, "\(link)")
                let autofocus = page.text.matches(of: /\ autofocus>/).count
                #expect(autofocus <= 1)
            }
            #expect(titles.count == 2, "\(titles)")
        }
    }

    /// GET and HEAD are one handler.
    @Test(arguments: paths)
    func `looking at a page changes nothing`(_ path: String) async throws {
        try await Self.see(path) { browser in
            let before = try await browser.world.useCases.readLog(after: nil, limit: 1_000).count
            let jar = browser.cookies
            for _ in 0..<3 { _ = try await browser.go("\(LoginTests.id)\(path)") }
            #expect(browser.cookies == jar)
            #expect(try await browser.world.useCases.readLog(after: nil, limit: 1_000).count == before)
            #expect(try await browser.world.letters().isEmpty)
        }
    }

    @Test func `what somebody types never becomes markup, on any page`() async throws {
        let nasty = "\"><script>alert(1)</script>'\u{202E}"
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            for isSignedIn in [false, true] {
                if isSignedIn { try await browser.go("\(LoginTests.id)/login", form: LoginTests.right) }
                for route in browser.routes where route.method == .post && route.scope == .realm {
                    if route.path.hasPrefix("/account/sign-out") { continue }
                    let names = [
                        "username", "email", "password", "current", "username_or_email", "code", "lang", "return_to",
                        "application", "state", "session", "for",
                    ]
                    for word in [nasty, Self.word] {
                        let form = names.map { ($0, nasty) } + [("token", word), ("ticket", word)]
                        let answer = try await browser.go("\(LoginTests.id)\(route.path)", form: form)
                        #expect((300..<500).contains(answer.status), "\(route.path) \(answer.status)")
                        #expect(!answer.text.contains("\u{202E}") && !answer.text.contains("alert(1)</script>"))
                    }
                }
            }
        }
    }
}
