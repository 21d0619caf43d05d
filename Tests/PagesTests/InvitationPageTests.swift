import Domain
import Flows
import HTTP
import Storage
import TestSupport
import Testing

@testable import Pages

/// The page that an invitation's letter leads to.
@Suite struct InvitationPageTests {
    private static let id = LoginTests.id

    private static func invite(_ browser: Browser, _ email: String) async throws -> String {
        let flows = browser.world.useCases.organisations
        let realm = browser.world.realm
        _ = try await flows.create(name: "acme", title: "Acme", in: realm.name, by: .commandLine)
        let outcome = try await flows.invite(
            InviteMember.Input(email: email), into: "acme", in: realm, as: .realm(.commandLine))
        guard case .sent = outcome else { throw World.WorldFault.refused("\(outcome)") }
        return try #require(try await browser.world.letters(to: email).last?.token)
    }

    private static func members(_ browser: Browser) async throws -> [String] {
        let world = browser.world
        let outcome = try await world.useCases.organisations.list.members(
            of: "acme", as: .realm(.commandLine), in: world.realm.name, after: nil, limit: 10)
        guard case .found(let page) = outcome else { return [] }
        return page.members.map(\.username)
    }

    @Test(arguments: ["en", "pt-BR"])
    func `a GET does nothing, and the form makes the account`(_ language: String) async throws {
        try await withBrowser { browser in
            browser.language = language
            let token = try await Self.invite(browser, "rui@example.org")
            for _ in 0..<2 { #expect(try await browser.go("\(Self.id)/invitation?token=\(token)").status == 200) }
            #expect(try await Self.members(browser).isEmpty)
            let weak = try await browser.go(
                "\(Self.id)/invitation", form: [("token", token), ("username", "rui"), ("password", "short")])
            #expect(weak.status == 422)
            let forged = try await browser.go(
                "\(Self.id)/invitation",
                form: [("token", token), ("username", "rui"), ("password", ErrandTests.other)],
                origin: "https://evil.example")
            #expect(forged.status == 403)
            let made = try await browser.go(
                "\(Self.id)/invitation", form: [("token", token), ("username", "rui"), ("password", ErrandTests.other)])
            #expect(made.status == 303 && made.location.hasPrefix("/login?done=joined"))
            #expect(try await Self.members(browser) == ["rui"])
            #expect(try await ErrandTests.signsIn(browser.world, ErrandTests.other, "rui"))
            let again = try await browser.go(
                "\(Self.id)/invitation", form: [("token", token), ("username", "x"), ("password", ErrandTests.other)])
            #expect(again.status == 400 && again.code == "invalid_proof")
            #expect(try await browser.go("\(Self.id)/invitation").status == 400)
        }
    }

    @Test func `whoever is signed in accepts by one button, with the right address`() async throws {
        try await withBrowser { browser in
            let maria = try await browser.world.signUp()
            let token = try await Self.invite(browser, "maria@example.com")
            let known = try await browser.go(
                "\(Self.id)/invitation", form: [("token", token), ("username", "m2"), ("password", ErrandTests.other)])
            #expect(known.status == 409 && known.code == "has_account")
            _ = try await browser.go(
                "\(Self.id)/login",
                form: [("username_or_email", "maria"), ("password", "correct horse battery")])
            #expect(try await browser.go("\(Self.id)/invitation?token=\(token)").status == 200)
            let early = try await browser.go("\(Self.id)/invitation", form: [("token", token)])
            #expect(early.status == 403 && early.code == "address_not_proven")
            let (user, realm) = (maria.user.id, browser.world.realm.name)
            try await browser.world.store.transaction { (tx) throws(StoreFault) in
                try tx.setEmailVerified(user, realm: realm)
            }
            let accepted = try await browser.go("\(Self.id)/invitation", form: [("token", token)])
            #expect(accepted.status == 303 && accepted.location.hasPrefix("/account?done=joined"))
            #expect(try await Self.members(browser) == ["maria"])
            let other = try await Self.invite(browser, "rui@example.org")
            let wrong = try await browser.go("\(Self.id)/invitation", form: [("token", other)])
            #expect(wrong.status == 403 && wrong.code == "other_address")
        }
    }
}
