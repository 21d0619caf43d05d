import Domain
import Flows
import HTTP
import Storage
import TestSupport
import Testing

@testable import Pages

@Suite struct AccountTests {
    static let id = LoginTests.id

    @Test func `somebody who makes an account is told what is wrong, field by field`() async throws {
        try await withBrowser { browser in
            browser.language = "pt-BR"
            let wrong = try await browser.go(
                "\(Self.id)/register", form: [("username", "a@b"), ("email", "nowhere"), ("password", "short")])
            #expect(wrong.status == 422)
            for (field, phrase) in [
                ("username", Phrase.containsAt), ("email", .notAnAddress), ("password", .passwordTooShort),
            ] {
                #expect(
                    wrong.text.contains("id=\"\(field)-problem\">\(phrase.words(in: .portuguese, "8"))<"), "\(field)")
                #expect(wrong.text.contains("aria-invalid=\"true\" aria-describedby=\"\(field)-problem"))
            }
            #expect(!wrong.text.contains("short\""))
            let right = [("username", "joao"), ("email", "joao@example.com"), ("password", "uma frase bem comprida")]
            let made = try await browser.go("\(Self.id)/register", form: right + [("return_to", "/x")])
            #expect(made.status == 303 && made.location == "/x")
            #expect(try await browser.go("\(Self.id)/account").text.contains("joao@example.com"))
            browser.cookies = [:]
            #expect(try await browser.go("\(Self.id)/register", form: right).status == 409)
        }
    }

    @Test func `a stranger is asked to sign in, and comes back`() async throws {
        try await withBrowser { browser in
            let answer = try await browser.go("\(Self.id)/account?lang=pt")
            #expect(answer.status == 303 && answer.location == "/login?return_to=/account&lang=pt-BR")
        }
    }

    @Test(arguments: Backend.available)
    func `sessions are listed, and each can be ended`(_ backend: Backend) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            let phone = Browser(browser.world)
            phone.userAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"
            try await phone.go("\(Self.id)/login", form: LoginTests.right)
            try await browser.go("\(Self.id)/login", form: LoginTests.right)
            let page = try await browser.go("\(Self.id)/account")
            #expect(page.text.contains("Firefox on Linux") && page.text.contains("Safari on iPhone"))
            #expect(page.text.contains("192.0.2.7") && page.text.contains("maria@example.com"))
            #expect(page.text.matches(of: /class="this"/).count == 1)
            let ids = page.text.matches(of: /name="session" value="([0-9a-f-]+)"/).map { String($0.1) }
            #expect(ids.count == 2)
            #expect(try await phone.go("\(Self.id)/account").status == 200)
            for id in ids {
                let ended = try await browser.go("\(Self.id)/account/end", form: [("session", id)])
                #expect(ended.status == 303 && ended.location == "/account?done=ended")
                let again = try await browser.go("\(Self.id)/account/end", form: [("session", id)])
                #expect(again.location == "/account?done=was-over")
            }
            #expect(try await phone.go("\(Self.id)/account").location == "/login?return_to=/account")
            #expect(try await browser.go("\(Self.id)/account").status == 200)
        }
    }

    @Test(arguments: Backend.available)
    func `who acts as the person is shown, while it goes on and afterwards`(_ backend: Backend) async throws {
        try await withBrowser(backend) { browser in
            let world = browser.world
            let maria = try await world.signUp()
            let system = try #require(try await world.useCases.realms.find(.system))
            _ = try await world.useCases.addUser(
                SignUp.Input(
                    username: "rui", email: "rui@example.com", password: Secret(utf8: "correct horse battery")),
                roles: ["admin"], createMissingRoles: true, in: system, by: .commandLine)
            try await browser.go("\(Self.id)/login", form: LoginTests.right)
            #expect(try await !browser.go("\(Self.id)/account").text.contains("operators"))
            let outcome = try await world.useCases.impersonation.begin(
                BeginImpersonation.Input(
                    realm: world.realm.name, user: maria.user.id.text, reason: "Ticket <4711> & more", minutes: 15,
                    mayWrite: false), as: "rui")
            guard case .begun(let tokens, let stored) = outcome else {
                Issue.record("\(outcome)")
                return
            }
            let running = try await browser.go("\(Self.id)/account").text
            #expect(running.contains("acting as you now") && running.contains("rui"))
            #expect(running.contains("Ticket &lt;4711&gt; &amp; more"))
            // The pages take nobody for the person who only acts as them.
            let other = Browser(world)
            other.cookies[Browser.realmHost] = [world.realm.cookies.refresh: tokens.refreshToken]
            #expect(try await other.go("\(Self.id)/account").status == 303)
            _ = try await world.useCases.impersonation.end(stored.acting.id, in: stored.realm, by: .commandLine)
            let over = try await browser.go("\(Self.id)/account").text
            #expect(over.contains("over") && !over.contains("acting as you now"))
        }
    }

    @Test(arguments: Backend.available)
    func `nobody ends another's session`(_ backend: Backend) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            let other = Browser(browser.world)
            _ = try await browser.world.signUp("jonas")
            try await other.go(
                "\(Self.id)/login", form: [("username_or_email", "jonas"), ("password", "correct horse battery")])
            try await browser.go("\(Self.id)/login", form: LoginTests.right)
            let found = try await other.person(on: Browser.realmHost, client: Session.nativeClient)
            let theirs = try #require(found)
            let ended = try await browser.go(
                "\(Self.id)/account/end", form: [("session", theirs.session.text)])
            #expect(ended.location == "/account?done=was-over")
            #expect(try await other.go("\(Self.id)/account").status == 200)
        }
    }

    @Test(arguments: Backend.available)
    func `all others, this one, and every one end as asked`(_ backend: Backend) async throws {
        try await withBrowser(backend) { browser in
            _ = try await browser.world.signUp()
            let phone = Browser(browser.world)
            func signIn() async throws {
                try await phone.go("\(Self.id)/login", form: LoginTests.right)
                try await browser.go("\(Self.id)/login", form: LoginTests.right)
            }
            try await signIn()
            #expect(
                try await browser.go("\(Self.id)/account/end-others", form: []).location == "/account?done=others-ended"
            )
            #expect(try await phone.go("\(Self.id)/account").status == 303)
            #expect(try await browser.go("\(Self.id)/account").status == 200)
            try await signIn()
            #expect(try await browser.go("\(Self.id)/account/sign-out", form: []).location == "/login?done=signed-out")
            // It says that the device is known, and signs nobody in.
            #expect(browser.cookies[Browser.realmHost]?.keys.sorted() == ["__Host-default_device"])
            #expect(try await phone.go("\(Self.id)/account").status == 200)
            try await signIn()
            let everywhere = try await browser.go("\(Self.id)/account/sign-out-everywhere", form: [("lang", "en")])
            #expect(everywhere.location == "/login?done=signed-out-everywhere&lang=en")
            #expect(try await phone.go("\(Self.id)/account").status == 303)
            #expect(
                try await browser.go("\(Self.id)\(everywhere.location.dropFirst(0))").text.contains(
                    "signed out everywhere"))
        }
    }
}
