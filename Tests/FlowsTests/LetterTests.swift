import Domain
import Standards
import TestSupport
import Testing

@testable import Flows

@Suite("Letters") struct LetterTests {
    private static let proof = Letter.Proof(
        link: "https://id.example.com/reset?token=abc-_DEF&x=1", code: "01234567", life: .seconds(3_600))
    private static let time = Timestamp(milliseconds: 1_795_297_866_999)
    private static let page = "https://id.example.com/login"

    static let letters: [Letter] = [
        .confirmSignUp(proof), .alreadyRegistered(signIn: page, forgot: page + "?f"), .verifyEmail(proof),
        .resetPassword(proof), .invite(proof), .joinOrganisation(proof, organisation: "Acme Ltd"),
        .confirmEmailChange(proof),
        .emailChanged(newMask: "m…@e….org", undo: proof), .passwordChanged(at: time, forgot: page),
        .accountDeactivated(at: time), .accountReactivated(at: time), .accountBanned(until: time), .accountDisabled,
        .accountDeleted(finallyAt: time, undo: proof),
        .inactivityWarning(deletedAt: time, signIn: page),
        .impersonated(by: "rui", at: time, until: time, mayWrite: true, reason: "She asked for help"),
        .breakGlassUsed(at: time, address: "192.0.2.7"), .test,
    ]

    private static func layout(
        _ letter: Letter, _ language: Language = .english, username: String = "maria",
        _ change: (inout RealmRules) -> Void = { _ in }
    ) throws -> LetterLayout {
        var rules = RealmRules.standard
        change(&rules)
        let realm = Realm(name: .standard, issuer: "https://id.example.com", rules: rules)
        return LetterLayout(
            letter: letter, username: username, address: try EmailAddress.parse("maria@example.org").get(),
            language: language, realm: realm)
    }

    @Test func `every kind of letter is tried`() {
        #expect(Set(Self.letters.map(\.name)) == Set(Letter.Name.allCases))
    }

    @Test(arguments: letters, Language.allCases)
    func `a letter has what it needs in text and in HTML, in each language`(
        _ letter: Letter, _ language: Language
    ) throws {
        let layout = try Self.layout(letter, language)
        for text in [layout.text, layout.html] {
            #expect(text.contains("id.example.com") && text.contains("maria"))
            #expect(!text.contains("{") && !text.contains("}") || text == layout.html)
        }
        #expect(MailText.isLine(layout.subject) && layout.subject.contains("id.example.com"))
        #expect(layout.subject.utf8.count <= 120)
        let other = try Self.layout(letter, language == .english ? .portuguese : .english)
        #expect(layout.subject != other.subject && layout.text != other.text)
        if letter.life != nil {
            #expect(layout.text.contains(Self.proof.link) && layout.text.contains("    01234567"))
            #expect(layout.html.contains("href=\"https://id.example.com/reset?token=abc-_DEF&amp;x=1\""))
            #expect(layout.html.contains(">01234567<"))
            #expect(layout.text.contains(language == .english ? "1 hour" : "1 hora"))
            #expect(layout.text.contains(language == .english ? "10 minutes" : "10 minutos"))
        }
        if language == .portuguese {
            for word in ["Somebody", "you ", "account", "password "] { #expect(!layout.text.contains(word)) }
        }
    }

    @Test func `a letter without a code says nothing of one`() throws {
        let bare = Letter.Proof(link: "https://id.example.com/undo?token=x", code: nil, life: .seconds(7 * 86_400))
        let layout = try Self.layout(.emailChanged(newMask: "a…@b….org", undo: bare))
        #expect(layout.text.contains("7 days") && !layout.text.contains("code"))
        #expect(layout.text.contains("a…@b….org"))
    }

    @Test func `markup that came from outside is text`() throws {
        let evil = "<b>&\"'"
        let layout = try Self.layout(.resetPassword(Self.proof), username: evil) { rules in
            rules.mail.productName = "<script>alert(1)</script>\u{202E}"
            rules.mail.signature = [.english: "<img src=x>"]
            rules.mail.supportURL = "https://help.example/?a=\"><script>"
            rules.mail.letters = [.resetPassword: [.english: LetterText(subject: "S<i>", intro: "<style>{username}")]]
        }
        for markup in ["<script>alert", "<img src", "<style>", "<b>", "\"><script", "<i>", "\u{202E}"] {
            #expect(!layout.html.contains(markup), "\(markup)")
        }
        #expect(layout.html.contains("&lt;style&gt;&lt;b&gt;&amp;&quot;&#39;"))
        #expect(layout.text.contains("<style><b>&\"'"))
        #expect(layout.subject == "S<i>")
    }

    @Test func `what is no web address becomes no link`() throws {
        let bad = Letter.Proof(link: "javascript:alert(1)", code: "01234567", life: .seconds(60))
        let layout = try Self.layout(.resetPassword(bad))
        #expect(!layout.html.contains("javascript"))
    }

    @Test(arguments: ["visit evil.example", "http://evil", "a/b", "win a prize", String(repeating: "a", count: 33)])
    func `a name that could carry a message greets nobody`(_ name: String) throws {
        let layout = try Self.layout(.verifyEmail(Self.proof), username: name) { rules in
            rules.mail.letters = [.verifyEmail: [.english: LetterText(subject: "Hi {username}", intro: nil)]]
        }
        #expect(!layout.text.contains(name) && !layout.html.contains(name) && !layout.subject.contains(name))
        #expect(layout.text.hasPrefix("Hello,\n"))
    }

    @Test func `a realm's own words stand in place of ours, in their language only`() throws {
        let change = { (rules: inout RealmRules) in
            rules.mail.productName = "Ledger"
            rules.mail.greeting = [.english: "Dear {username},"]
            rules.mail.signature = [.portuguese: "Equipe {product}"]
            rules.mail.letters = [.resetPassword: [.english: LetterText(subject: "New {product} key", intro: "Intro.")]]
        }
        let english = try Self.layout(.resetPassword(Self.proof), .english, change)
        #expect(english.subject == "New Ledger key" && english.text.hasPrefix("Dear maria,\n\nIntro.\n\n"))
        #expect(english.text.contains(Self.proof.link) && english.text.contains("01234567"))
        let portuguese = try Self.layout(.resetPassword(Self.proof), .portuguese, change)
        #expect(portuguese.subject.contains("Ledger") && portuguese.text.hasPrefix("Olá, maria!"))
        #expect(portuguese.text.contains("Equipe Ledger"))
    }

    @Test func `a realm's words are checked when they are set, all problems at once`() {
        let json: JSON = [
            "mail": [
                "language": "fr", "product_name": "a\nb", "greeting": ["en": "Hi {user}", "de": "Hallo"],
                "signature": "x", "support_url": "http://evil.example",
                "letters": [
                    "reset_password": [
                        "en": ["subject": "a\r\nBcc: x@y", "intro": .string(String(repeating: "a", count: 1_001))]
                    ],
                    "reset": [:], "invite": ["pt-BR": ["html": "<b>"]],
                ],
            ]
        ]
        var found: [String: String] = [:]
        do { _ = try RealmPatch(json) } catch {
            for problem in error.problems { found[problem.field] = problem.code }
        }
        #expect(
            found == [
                "mail.language": "not_one_of", "mail.product_name": "forbidden_character",
                "mail.greeting.en": "unknown_placeholder", "mail.greeting.de": "unknown",
                "mail.signature": "wrong_type", "mail.support_url": "invalid_url",
                "mail.letters.reset_password.en.subject": "forbidden_character",
                "mail.letters.reset_password.en.intro": "too_long", "mail.letters.reset": "unknown",
                "mail.letters.invite.pt-BR.html": "unknown",
            ])
    }

    @Test func `a realm's words come back as they were set`() throws {
        let json: JSON = [
            "mail": [
                "language": "pt-BR", "product_name": "Ledger", "greeting": ["en": "Hi {username}", "pt-BR": "Oi"],
                "letters": ["invite": ["en": ["subject": "Come in", "intro": "Do."]]],
            ]
        ]
        let document = RealmDocument().changed(by: try RealmPatch(json))
        #expect(document.json == json)
        let rules = document.rules(over: .standard)
        #expect(rules.mail.language == .portuguese && rules.mail.greeting[.portuguese] == "Oi")
        #expect(rules.mail.words(for: .invite, in: .english)?.subject == "Come in")
        let effective = document.effective(issuer: "https://x.example", over: .standard)
        #expect(effective["mail"]?["letters"] == json["mail"]?["letters"])
    }
}

extension Letter: CustomTestStringConvertible {
    public var testDescription: String { kind }
}
