import Domain
import Flows
import HTTP
import Storage
import TestSupport
import Testing

@testable import Pages

/// What people change of their own accounts.
@Suite struct OwnAccountTests {
    static let id = LoginTests.id
    static let password = "correct horse battery"
    static let other = ErrandTests.other

    private static func enter(_ backend: Backend = .sqlite, _ body: (Browser) async throws -> Void) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            _ = try await browser.world.letters()
            try await browser.go("\(id)/login", form: LoginTests.right)
            try await body(browser)
        }
    }

    @Test func `a stranger is asked to sign in, and comes back to the page`() async throws {
        try await withBrowser { browser in
            for path in OwnAccountPage.Change.allCases.map(\.path.description) + ["/account/data"] {
                #expect(try await browser.go("\(Self.id)\(path)").location == "/login?return_to=\(path)")
            }
            let posted = try await browser.go("\(Self.id)/account/delete", form: [("current", Self.password)])
            #expect(posted.location == "/login?return_to=/account/delete")
            let verify = try await browser.go("\(Self.id)/account/verify", form: [])
            #expect(verify.location == "/login?return_to=/account")
        }
    }

    @Test(arguments: OwnAccountPage.Change.allCases.map(\.path.description))
    func `nothing changes without the present password, nor by looking`(_ path: String) async throws {
        try await Self.enter { browser in
            let before = browser.cookies
            #expect(try await browser.go("\(Self.id)\(path)").text.contains("autocomplete=\"current-password\""))
            for current in ["", "not the password", String(repeating: "x", count: 5_000)] {
                let form = [("current", current), ("password", Self.other), ("email", "new@example.com")]
                let answer = try await browser.go("\(Self.id)\(path)", form: form)
                #expect(answer.status == 422 && answer.text.contains("id=\"current-problem\""), "\(path) \(current)")
                #expect(answer.text.contains("role=\"alert\"") && !answer.text.contains("not the password"))
            }
            #expect(browser.cookies == before)
            #expect(try await browser.go("\(Self.id)/account").status == 200)
            #expect(try await ErrandTests.signsIn(browser.world, Self.password))
            #expect(try await browser.world.letters().isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func `another password gives another session, and ends the others where that is ticked`(
        _ backend: Backend
    ) async throws {
        try await Self.enter(backend) { browser in
            let phone = Browser(browser.world)
            try await phone.go("\(Self.id)/login", form: LoginTests.right)
            #expect(
                try await browser.go("\(Self.id)/account/password").text.contains(
                    "type=\"checkbox\" value=\"yes\" checked"))
            let weak = try await browser.go(
                "\(Self.id)/account/password", form: [("current", Self.password), ("password", "maria")])
            #expect(weak.status == 422 && weak.text.contains("id=\"password-problem\""))
            #expect(!weak.text.contains(" checked"))
            let before = try await browser.person(on: Browser.realmHost, client: Session.nativeClient)
            let kept = try await browser.go(
                "\(Self.id)/account/password", form: [("current", Self.password), ("password", Self.other)])
            #expect(kept.status == 303 && kept.location == "/account?done=password-changed")
            #expect(kept.headers.values(of: "Set-Cookie").count >= 2)
            let after = try await browser.person(on: Browser.realmHost, client: Session.nativeClient)
            #expect(after != nil && before?.session != after?.session)
            #expect(try await phone.go("\(Self.id)/account").status == 200)
            #expect(try await browser.world.letters().map(\.kind) == ["password_changed"])
            let ended = try await browser.go(
                "\(Self.id)/account/password",
                form: [("current", Self.other), ("password", Self.password), ("end_others", "yes")])
            #expect(ended.location == "/account?done=password-changed")
            #expect(try await phone.go("\(Self.id)/account").status == 303)
            #expect(try await browser.go("\(Self.id)/account").status == 200)
        }
    }

    @Test(arguments: Backend.available)
    func `an address is confirmed by its letter, signed in or not`(_ backend: Backend) async throws {
        try await Self.enter(backend) { browser in
            #expect(try await browser.go("\(Self.id)/account").text.contains("not confirmed yet"))
            let asked = try await browser.go("\(Self.id)/account/verify", form: [])
            let ticket = try ErrandTests.ticket(asked, "verify")
            let letter = try await ErrandTests.letter(browser)
            let link = try #require(letter.link)
            #expect(try await browser.go(link).text.contains("Confirm this address"))
            #expect(try await browser.go("\(Self.id)/account").text.contains("not confirmed yet"))
            let form = [("ticket", ticket), ("code", try #require(letter.code))]
            #expect(try await browser.go("\(Self.id)/verify", form: form).location == "/account?done=address-confirmed")
            #expect(try await !browser.go("\(Self.id)/account").text.contains("not confirmed yet"))
            let over = try await browser.go("\(Self.id)/account/verify", form: [])
            #expect(over.location == "/account?done=address-confirmed")
            let stranger = Browser(browser.world)
            let again = try await stranger.go("\(Self.id)/verify", form: [("token", try #require(letter.token))])
            #expect(again.status == 400)
        }
    }

    @Test(arguments: Backend.available)
    func `an address is changed by the new one's letter, and taken back by the old one's`(
        _ backend: Backend
    ) async throws {
        try await Self.enter(backend) { browser in
            let wrong = try await browser.go(
                "\(Self.id)/account/email", form: [("email", "nowhere"), ("current", Self.password)])
            #expect(
                wrong.status == 422 && wrong.text.contains("id=\"email-problem\"") && wrong.text.contains("nowhere"))
            let asked = try await browser.go(
                "\(Self.id)/account/email", form: [("email", "new@example.com"), ("current", Self.password)])
            _ = try ErrandTests.ticket(asked, "email-change")
            let letter = try await ErrandTests.letter(browser, to: "new@example.com")
            #expect(try await browser.go(try #require(letter.link)).status == 200)
            #expect(try await browser.go("\(Self.id)/account").text.contains("maria@example.com"))
            let done = try await browser.go("\(Self.id)/email-change", form: [("token", try #require(letter.token))])
            #expect(done.location == "/account?done=address-changed")
            #expect(try await browser.go("\(Self.id)/account").text.contains("new@example.com"))
            let told = try await browser.world.letters(to: "maria@example.com").first { $0.kind == "email_changed" }
            let undo = try #require(told)
            #expect(try await browser.go(try #require(undo.link)).text.contains("Go back to this address"))
            #expect(try await browser.go("\(Self.id)/account").text.contains("new@example.com"))
            let stranger = Browser(browser.world)
            let undone = try await stranger.go("\(Self.id)/email-undo", form: [("token", try #require(undo.token))])
            let ticket = try ErrandTests.ticket(undone, "reset")
            #expect(try await browser.go("\(Self.id)/account").status == 303)
            #expect(try await stranger.go("\(Self.id)\(undone.location)").text.contains("its former address again"))
            let reset = try #require(
                try await browser.world.letters(to: "maria@example.com").first { $0.kind == "reset_password" })
            let form = [("ticket", ticket), ("code", try #require(reset.code)), ("password", Self.other)]
            #expect(try await stranger.go("\(Self.id)/reset", form: form).location == "/login?done=password-set")
            #expect(try await ErrandTests.signsIn(browser.world, Self.other, "maria@example.com"))
        }
    }

    @Test(arguments: Backend.available)
    func `an account is laid down, and taken up by signing in to it`(_ backend: Backend) async throws {
        try await Self.enter(backend) { browser in
            let down = try await browser.go("\(Self.id)/account/deactivate", form: [("current", Self.password)])
            #expect(down.location == "/login?done=deactivated")
            #expect(try await browser.go("\(Self.id)/account").status == 303)
            let wrong = try await browser.go(
                "\(Self.id)/login", form: [("username_or_email", "maria"), ("password", "not this one")])
            #expect(wrong.status == 401 && !wrong.text.contains("/reactivate"))
            let right = try await browser.go("\(Self.id)/login", form: LoginTests.right + [("return_to", "/x")])
            #expect(right.status == 403 && right.text.contains("action=\"/reactivate\""))
            #expect(right.text.contains("value=\"maria\"") && right.text.contains("value=\"/x\""))
            let bad = try await browser.go(
                "\(Self.id)/reactivate", form: [("username_or_email", "maria"), ("password", "not this one")])
            #expect(bad.status == 401 && bad.headers.contains("WWW-Authenticate"))
            let up = try await browser.go("\(Self.id)/reactivate", form: LoginTests.right + [("return_to", "/x")])
            #expect(up.status == 303 && up.location == "/x")
            #expect(try await browser.go("\(Self.id)/account").status == 200)
        }
    }

    @Test(arguments: Backend.available)
    func `an account that is to be deleted is kept by its letter`(_ backend: Backend) async throws {
        try await Self.enter(backend) { browser in
            let gone = try await browser.go("\(Self.id)/account/delete", form: [("current", Self.password)])
            #expect(gone.location == "/login?done=deleted")
            #expect(try await browser.go("\(Self.id)/account").status == 303)
            #expect(try await !ErrandTests.signsIn(browser.world, Self.password))
            let letter = try #require(
                try await browser.world.letters(to: "maria@example.com").first { $0.kind == "account_deleted" })
            #expect(try await browser.go(try #require(letter.link)).text.contains("Keep my account"))
            #expect(try await !ErrandTests.signsIn(browser.world, Self.password))
            let kept = try await browser.go("\(Self.id)/undelete", form: [("token", try #require(letter.token))])
            #expect(kept.location == "/login?done=kept")
            #expect(try await ErrandTests.signsIn(browser.world, Self.password))
        }
    }

    @Test func `one's own data is a file to be kept, and nothing that a page shows`() async throws {
        try await Self.enter { browser in
            let file = try await browser.go("\(Self.id)/account/data/download", form: [("current", Self.password)])
            #expect(file.status == 200 && file.headers["Content-Type"] == "application/json")
            #expect(file.headers["Content-Disposition"] == "attachment; filename=\"my-data.json\"")
            var bytes: [UInt8] = []
            let stream = try #require(file.stream)
            while let piece = await stream.next() { bytes += piece }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.contains("maria@example.com") && text.hasSuffix("\"complete\":true}\n"))
        }
    }

    @Test(arguments: Language.allCases)
    func `what must be agreed to is ticked by the person, and nothing beforehand`(_ language: Language) async throws {
        var rules = Browser.rules
        rules.privacy.terms = [
            TermsDocument(name: "terms", version: 2, url: "https://example.org/terms/2", isRequired: true),
            TermsDocument(name: "newsletter", version: 1),
        ]
        try await withBrowser(rules: rules) { browser in
            browser.language = language.rawValue
            browser.documents = ["https://example.org/terms/2"]
            let page = try await browser.go("\(Self.id)/register").text
            #expect(page.contains("value=\"terms@2\"") && page.contains("value=\"newsletter@1\""))
            #expect(page.contains("<a href=\"https://example.org/terms/2\" target=\"_blank\" rel=\"noopener\">"))
            #expect(!page.contains(" checked"))
            let without = try await browser.go(
                "\(Self.id)/register", form: ErrandTests.joao + [("consents", "newsletter@1")])
            #expect(without.status == 422 && without.text.contains("id=\"consents-0-problem\""))
            #expect(without.text.contains("<li><a href=\"#consents-0\">"))
            #expect(without.text.contains("value=\"newsletter@1\" checked"))
            let older = try await browser.go("\(Self.id)/register", form: ErrandTests.joao + [("consents", "terms@1")])
            #expect(older.status == 422)
            let made = try await browser.go("\(Self.id)/register", form: ErrandTests.joao + [("consents", "terms@2")])
            #expect(made.status == 303)
        }
    }
}
