import Domain
import Flows
import HTTP
import Storage
import TestSupport
import Testing

@testable import Pages

/// Letters, and the pages that they lead to.
@Suite struct ErrandTests {
    static let id = LoginTests.id
    static let other = "another good pass phrase"

    static let confirming: RealmRules = {
        var rules = Browser.rules
        rules.accounts.confirmsEmail = true
        return rules
    }()

    static func letter(_ browser: Browser, to address: String = "maria@example.com") async throws -> ReceivedLetter {
        try #require(try await browser.world.letters(to: address).last, "no letter to \(address)")
    }

    /// Asks for a reset, and returns the ticket.
    static func forget(_ browser: Browser, _ name: String = "maria") async throws -> String {
        let answer = try await browser.go("\(id)/forgot", form: [("username_or_email", name)])
        #expect(answer.status == 303)
        return try ticket(answer, "reset")
    }

    static func ticket(_ answer: Response, _ errand: String) throws -> String {
        let start = "/check-mail?for=\(errand)&ticket="
        try #require(answer.location.hasPrefix(start), "\(answer.status) \(answer.location)")
        return String(answer.location.dropFirst(start.count).prefix { $0 != "&" })
    }

    static func signsIn(_ world: World, _ password: String, _ name: String = "maria") async throws -> Bool {
        if case .signedIn = try await world.signIn(name, password: password) { true } else { false }
    }

    @Test func `every page that a letter leads to is there, and its GET takes no body`() async throws {
        try await withBrowser { browser in
            let shown = Set(browser.routes.filter { $0.method == .get }.map(\.path))
            for page in LetterPage.allCases { #expect(shown.contains(page.rawValue), "\(page)") }
            for route in browser.routes {
                let hasAttributes = ["/register", "/account/profile"].contains(route.path)
                let limit = hasAttributes ? Form.attributesLimit : Form.bodyLimit
                #expect(route.bodyLimit == (route.method == .get ? 0 : limit))
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a link shows a form however often it is opened, and acts when that is sent, once`(
        _ backend: Backend
    ) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            _ = try await Self.forget(browser)
            let letter = try await Self.letter(browser)
            let link = try #require(letter.link)
            let token = try #require(letter.token)
            #expect(link.hasPrefix("\(Self.id)/reset?token="))
            for _ in 0..<3 {
                let page = try await browser.go(link)
                #expect(page.status == 200 && page.text.contains("name=\"token\" value=\"\(token)\""))
                #expect(page.text.contains("autocomplete=\"new-password\""))
                #expect(page.headers["Referrer-Policy"] == "strict-origin")
            }
            #expect(try await Self.signsIn(browser.world, "correct horse battery"))
            let form = [("token", token), ("password", Self.other)]
            let short = try await browser.go("\(Self.id)/reset", form: [("token", token), ("password", "short")])
            #expect(short.status == 422 && short.text.contains("id=\"password-problem\""))
            #expect(short.text.contains("<li><a href=\"#password\">") && short.text.contains("value=\"\(token)\""))
            let done = try await browser.go("\(Self.id)/reset", form: form)
            #expect(done.status == 303 && done.location == "/login?done=password-set")
            #expect(!done.headers.contains("Set-Cookie"))
            #expect(try await browser.go("\(Self.id)\(done.location)").text.contains("Your new password is set"))
            #expect(try await Self.signsIn(browser.world, Self.other))
            #expect(try await !Self.signsIn(browser.world, "correct horse battery"))
            let again = try await browser.go("\(Self.id)/reset", form: form)
            #expect(again.status == 400 && again.text.contains("href=\"/forgot\""))
            #expect(!again.text.contains(token))
        }
    }

    @Test(arguments: Backend.available)
    func `the code of the letter is as good as its link`(_ backend: Backend) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            let ticket = try await Self.forget(browser)
            let page = try await browser.go("\(Self.id)/check-mail?for=reset&ticket=\(ticket)")
            #expect(page.status == 200 && page.text.contains("name=\"ticket\" value=\"\(ticket)\""))
            #expect(page.text.contains("autocomplete=\"one-time-code\"") && page.text.contains("inputmode=\"numeric\""))
            #expect(page.text.contains("action=\"/reset\"") && page.headers["Referrer-Policy"] == "strict-origin")
            let code = try #require(try await Self.letter(browser).code)
            let wrong = code == "00000000" ? "00000001" : "00000000"
            func type(_ code: String, _ password: String = Self.other) async throws -> Response {
                try await browser.go(
                    "\(Self.id)/reset",
                    form: [("for", "reset"), ("ticket", ticket), ("code", code), ("password", password)])
            }
            let refused = try await type(wrong)
            #expect(refused.status == 422 && refused.text.contains("id=\"code-problem\""))
            #expect(refused.text.contains("value=\"\(ticket)\"") && !refused.text.contains(Self.other))
            let spaced = "\(code.prefix(4)) \(code.suffix(4))"
            #expect(try await type(spaced).location == "/login?done=password-set")
            #expect(try await Self.signsIn(browser.world, Self.other))
            #expect(try await type(code).status == 422)
        }
    }

    @Test func `five wrong codes are the end of the right one`() async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            let ticket = try await Self.forget(browser)
            let code = try #require(try await Self.letter(browser).code)
            for guess in (0..<6).map({ "0000000\($0)" }).filter({ $0 != code }).prefix(5) {
                let form = [("ticket", ticket), ("code", guess), ("password", Self.other)]
                #expect(try await browser.go("\(Self.id)/reset", form: form).status == 422)
            }
            let right = [("ticket", ticket), ("code", code), ("password", Self.other)]
            #expect(try await browser.go("\(Self.id)/reset", form: right).status == 422)
            #expect(try await !Self.signsIn(browser.world, Self.other))
        }
    }

    @Test(arguments: Language.allCases)
    func `whether somebody has an account is not to be seen on any page`(_ language: Language) async throws {
        try await withBrowser { browser in
            browser.language = language.rawValue
            _ = try await browser.world.signUp()
            var pages: Set<String> = []
            for name in ["maria", "maria@example.com", "nobody", "nobody@example.com", "no body", "\"><b>"] {
                let asked = try await browser.go("\(Self.id)/forgot", form: [("username_or_email", name)])
                let ticket = try Self.ticket(asked, "reset")
                let shown = try await browser.go("\(Self.id)\(asked.location)")
                let form = [("ticket", ticket), ("code", "00000000"), ("password", Self.other)]
                let typed = try await browser.go("\(Self.id)/reset", form: form)
                #expect(asked.status == 303 && shown.status == 200 && typed.status == 422)
                let all = asked.seen + shown.seen + typed.seen
                pages.insert(all.replacing(ticket, with: String(repeating: "t", count: ticket.utf8.count)))
            }
            #expect(pages.count == 1)
        }
    }

    @Test(arguments: [
        "", "short", String(repeating: "a", count: 43), String(repeating: "%22", count: 30),
        String(repeating: "a", count: 3_000),
    ])
    func `a token that was never made opens no account`(_ token: String) async throws {
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            for errand in Errand.allCases {
                #expect([200, 400].contains(try await browser.go("\(Self.id)\(errand.path)?token=\(token)").status))
                let form = [("token", token), ("password", Self.other), ("ticket", token), ("code", "12345678")]
                let answer = try await browser.go("\(Self.id)\(errand.path)", form: form)
                #expect(answer.status == 400 && !answer.headers.contains("Set-Cookie"), "\(errand)")
            }
            let lost = try await browser.go("\(Self.id)/check-mail?for=invite&ticket=\(token)")
            #expect(lost.location == "/forgot")
            #expect(try await Self.signsIn(browser.world, "correct horse battery"))
        }
    }

    // MARK: Sign-up

    static let signUpCookie = "__Host-default_sign_up"
    static let joao = [("username", "joao"), ("email", "joao@example.com"), ("password", "uma frase bem comprida")]

    @Test(arguments: Backend.available)
    func `a sign-up is confirmed by its code, signs in, and goes on`(_ backend: Backend) async throws {
        try await withBrowser(backend, rules: Self.confirming) { browser in
            let asked = try await browser.go("\(Self.id)/register", form: Self.joao + [("return_to", "/x")])
            let ticket = try Self.ticket(asked, "confirm")
            #expect(asked.location.hasSuffix("&return_to=/x"))
            #expect(browser.cookies[Browser.realmHost]?.keys.sorted() == [Self.signUpCookie])
            let page = try await browser.go("\(Self.id)\(asked.location)")
            #expect(page.text.contains("action=\"/confirm\"") && page.text.contains("name=\"return_to\" value=\"/x\""))
            #expect(try await !Self.signsIn(browser.world, "uma frase bem comprida", "joao"))
            let first = try #require(try await Self.letter(browser, to: "joao@example.com").code)
            browser.world.clock.advance(by: .seconds(120))
            let resent = try await browser.go("\(Self.id)/check-mail", form: [("for", "confirm"), ("ticket", ticket)])
            #expect(resent.location == "/check-mail?for=confirm&ticket=\(ticket)&done=sent-again")
            #expect(try await browser.go("\(Self.id)\(resent.location)").text.contains("Another mail is on its way"))
            let code = try #require(try await Self.letter(browser, to: "joao@example.com").code)
            func type(_ code: String) async throws -> Response {
                try await browser.go(
                    "\(Self.id)/confirm", form: [("ticket", ticket), ("code", code), ("return_to", "/x")])
            }
            if first != code { #expect(try await type(first).status == 422) }
            let done = try await type(code)
            #expect(done.status == 303 && done.location == "/x")
            #expect(try await browser.go("\(Self.id)/account").text.contains("joao@example.com"))
            #expect(try await !browser.go("\(Self.id)/account").text.contains("not confirmed yet"))
        }
    }

    @Test func `a code makes an account only in the browser that chose its password`() async throws {
        try await withBrowser(rules: Self.confirming) { thief in
            let asked = try await thief.go("\(Self.id)/register", form: Self.joao)
            let ticket = try Self.ticket(asked, "confirm")
            let code = try #require(try await Self.letter(thief, to: "joao@example.com").code)
            let victim = Browser(thief.world)
            _ = try await victim.go("\(Self.id)\(asked.location)")
            let typed = try await victim.go("\(Self.id)/confirm", form: [("ticket", ticket), ("code", code)])
            #expect(typed.status == 422 && victim.cookies.isEmpty)
            #expect(try await !Self.signsIn(thief.world, "uma frase bem comprida", "joao"))
        }
    }

    @Test(arguments: Backend.available)
    func `a sign-up's link asks for the password that was chosen`(_ backend: Backend) async throws {
        try await withBrowser(backend, rules: Self.confirming) { browser in
            browser.language = "pt-BR"
            _ = try await browser.go("\(Self.id)/register", form: Self.joao)
            let letter = try await Self.letter(browser, to: "joao@example.com")
            let token = try #require(letter.token)
            let page = try await browser.go(try #require(letter.link))
            #expect(page.text.contains("autocomplete=\"current-password\"") && page.text.contains("Confirme sua conta"))
            let wrong = try await browser.go("\(Self.id)/confirm", form: [("token", token), ("password", Self.other)])
            #expect(wrong.status == 422 && wrong.text.contains("id=\"password-problem\""))
            #expect(browser.cookies[Browser.realmHost]?.keys.sorted() == [Self.signUpCookie])
            let done = try await browser.go(
                "\(Self.id)/confirm", form: [("token", token), ("password", "uma frase bem comprida")])
            #expect(done.status == 303 && done.location == "/account")
            #expect(try await browser.go("\(Self.id)/account").status == 200)
        }
    }

    @Test func `whose address is known is not to be seen at sign-up`() async throws {
        try await withBrowser(rules: Self.confirming) { browser in
            _ = try await browser.go("\(Self.id)/register", form: Self.joao)
            let code = try #require(try await Self.letter(browser, to: "joao@example.com").code)
            var pages: Set<String> = []
            for (name, email) in [("ana", "ana@example.com"), ("bia", "joao@example.com")] {
                let asked = try await browser.go(
                    "\(Self.id)/register", form: [("username", name), ("email", email), ("password", Self.other)])
                let ticket = try Self.ticket(asked, "confirm")
                let shown = try await browser.go("\(Self.id)\(asked.location)")
                let typed = try await browser.go("\(Self.id)/confirm", form: [("ticket", ticket), ("code", code)])
                let all = asked.seen + shown.seen + typed.seen
                pages.insert(all.replacing(ticket, with: String(repeating: "t", count: ticket.utf8.count)))
                #expect(browser.cookies[Browser.realmHost]?.keys.sorted() == [Self.signUpCookie])
            }
            #expect(pages.count == 1)
        }
    }
}

extension Response {
    /// All that a client could tell two answers apart by.
    var seen: String { "\(status) \(headers.pairs.map { "\($0.name): \($0.value)" }) \(text)" }
}
