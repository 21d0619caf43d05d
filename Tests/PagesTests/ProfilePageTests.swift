import Crypto
import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import Pages

/// What people see and change of their own attributes, and what a sign-up asks for.
@Suite struct ProfilePageTests {
    static let id = LoginTests.id
    static let path = "\(id)/account/profile"

    static func rules(_ change: (inout RealmRules) -> Void = { _ in }) -> RealmRules {
        let own: Set<ProfileParty> = [.owner, .admin]
        var rules = Browser.rules
        rules.profile.attributes = [
            ProfileAttribute(name: "nome_completo", type: .text(3...120), requirement: .always, writers: own),
            ProfileAttribute(name: "cpf", type: .cpf, requirement: .signUp, isUnique: true, writers: own),
            ProfileAttribute(name: "nascimento", type: .date, writers: own),
            ProfileAttribute(name: "area", type: .choice(["civil", "penal"]), writers: own),
            ProfileAttribute(name: "andar", type: .integer(1...30), writers: own),
            ProfileAttribute(name: "remoto", type: .boolean, writers: own),
            ProfileAttribute(name: "telefone", type: .phone(.brazil), writers: own),
            ProfileAttribute(name: "codigo", type: .boolean, readers: [.admin]),
            ProfileAttribute(name: "unidade", type: .uf),
            ProfileAttribute(name: "numero", type: .account(.number)),
        ]
        change(&rules)
        return rules
    }

    private static func enter(
        _ backend: Backend = .sqlite, _ body: (Browser, User) async throws -> Void
    ) async throws {
        try await withBrowser(backend, rules: rules()) { browser in
            _ = try await browser.world.signUp(
                attributes: ["nome_completo": "Maria da Silva", "cpf": "52998224725"])
            try await browser.go("\(id)/login", form: LoginTests.right)
            let user = try #require(
                try await browser.world.useCases.showUser("maria", in: browser.world.realm.name)?.user)
            try await body(browser, user)
        }
    }

    @Test(arguments: Backend.available)
    func `people see their attributes, and change those that are theirs to change`(_ backend: Backend) async throws {
        try await Self.enter(backend) { browser, user in
            #expect(try await browser.go("\(Self.id)/account").text.contains("href=\"/account/profile\""))
            let page = try await browser.go(Self.path).text
            #expect(page.contains("name=\"attributes.nome_completo\"") && page.contains("value=\"Maria da Silva\""))
            #expect(page.contains(">CPF (optional)</label>") && page.contains("value=\"529.982.247-25\""))
            #expect(page.contains("<option value=\"penal\">penal</option>"))
            #expect(
                page.contains("type=\"date\"") && !page.contains("codigo") && !page.contains("numero")
                    && !page.contains("Number"))
            #expect(page.contains("<dt>Unidade</dt><dd>–</dd>"))
            #expect(!page.contains("name=\"attributes.unidade\""))
            let version = try #require(page.firstMatch(of: /name="version" value="(\d+)"/)).1
            let saved = try await browser.go(
                Self.path,
                form: [
                    ("version", String(version)), ("attributes.nome_completo", "Maria Souza"),
                    ("attributes.cpf", "529.982.247-25"), ("attributes.nascimento", "1990-02-28"),
                    ("attributes.area", "penal"), ("attributes.andar", "7"), ("attributes.remoto", "false"),
                    ("attributes.telefone", "(11) 98765-4321"), ("attributes.unidade", "SP"),
                ])
            #expect(saved.status == 303 && saved.location == "/account?done=profile-saved")
            #expect(try await browser.go("\(Self.id)\(saved.location)").text.contains("Your profile has been saved."))
            let profile = try #require(
                try await browser.world.useCases.profiles.read(
                    of: user.id.text, in: browser.world.realm, by: .commandLine))
            #expect(profile["nome_completo"] == .text("Maria Souza") && profile["andar"] == .integer(7))
            #expect(profile["remoto"] == .flag(false) && profile["telefone"] == .text("+5511987654321"))
            // Not theirs to change, and so not taken from a form that asked for it.
            #expect(profile["unidade"] == nil && profile["cpf"] == .text("52998224725"))
            // The same form again changes nothing, because somebody was there meanwhile.
            browser.language = "pt-BR"
            let late = try await browser.go(
                Self.path, form: [("version", String(version)), ("attributes.andar", "9")])
            #expect(late.status == 412 && late.text.contains("foi alterado por outra pessoa"))
            #expect(late.text.contains("value=\"7\"") && !late.text.contains("value=\"9\""))
            let removed = try await browser.go(Self.path, form: [("attributes.andar", "")])
            #expect(removed.status == 303)
            let after = try await browser.world.useCases.profiles.read(
                of: user.id.text, in: browser.world.realm, by: .commandLine)
            #expect(after?["andar"] == nil && after?["area"] == .text("penal"))
        }
    }

    @Test func `each field says what is wrong with it, in both languages, and keeps what was typed`() async throws {
        let wrong: [(String, String, ProfilePhrase?, [String])] = [
            ("nome_completo", "M", .tooFew, ["3"]), ("nome_completo", "", nil, []), ("cpf", "123", .invalidCPF, []),
            ("cpf", "529.982.247-24", .wrongCPF, []), ("cpf", "11111111111", .repeatedCPF, []),
            ("nascimento", "28/02/1990", .invalidDate, []), ("area", "naval", .notOneOf, []),
            ("andar", "seventh", .wholeNumber, []), ("andar", "99", .outOfRange, ["1", "30"]),
            ("telefone", "12", .invalidPhone, []),
        ]
        try await Self.enter { browser, _ in
            for language in Language.allCases {
                browser.language = language.rawValue
                for (name, typed, phrase, bounds) in wrong {
                    let answer = try await browser.go(Self.path, form: [("attributes.\(name)", typed)])
                    #expect(answer.status == 422, "\(name) \(typed)")
                    let words =
                        switch bounds.count {
                        case 1: phrase?.words(in: language, bounds[0])
                        case 2: phrase?.words(in: language, bounds[0], bounds[1])
                        default: phrase?.words(in: language)
                        }
                    let shown = words ?? Phrase.required.words(in: language)
                    #expect(answer.text.contains("id=\"attributes.\(name)-problem\">\(shown)<"), "\(name) \(typed)")
                    #expect(answer.text.contains("href=\"#attributes.\(name)\""))
                    if name != "area", !typed.isEmpty {
                        #expect(answer.text.contains("value=\"\(typed)\""), "\(typed)")
                    }
                }
            }
        }
    }

    @Test func `a value that is somebody else's is refused without a word about whose`() async throws {
        try await Self.enter { browser, _ in
            _ = try await browser.world.signUp(
                "rui", attributes: ["nome_completo": "Rui", "cpf": "11144477735"])
            let answer = try await browser.go(Self.path, form: [("attributes.cpf", "111.444.777-35")])
            #expect(answer.status == 409 && answer.text.contains("This belongs to somebody else."))
            #expect(!answer.text.contains("rui") && !answer.text.contains("Rui"))
        }
    }

    @Test func `strangers and realms without attributes have no such page`() async throws {
        try await withBrowser(rules: Self.rules()) { (browser: Browser) async throws in
            #expect(try await browser.go(Self.path).location == "/login?return_to=/account/profile")
            #expect(try await browser.go(Self.path, form: []).location == "/login?return_to=/account/profile")
        }
        try await withBrowser { browser in
            _ = try await browser.world.signUp()
            try await browser.go("\(Self.id)/login", form: LoginTests.right)
            #expect(try await browser.go(Self.path).status == 404)
            #expect(try await browser.go(Self.path, form: [("attributes.cpf", "1")]).status == 404)
            #expect(try await !browser.go("\(Self.id)/account").text.contains("/account/profile"))
        }
    }

    @Test func `a sign-up asks for what the realm must know`() async throws {
        try await withBrowser(rules: Self.rules()) { (browser: Browser) async throws in
            let page = try await browser.go("\(Self.id)/register").text
            #expect(page.contains("name=\"attributes.nome_completo\"") && page.contains("name=\"attributes.cpf\""))
            #expect(!page.contains("attributes.area") && !page.contains("(optional)"))
            let bare = try await browser.go("\(Self.id)/register", form: ErrandTests.joao)
            #expect(bare.status == 422 && bare.text.contains("id=\"attributes.cpf-problem\""))
            #expect(bare.text.contains("id=\"attributes.nome_completo-problem\""))
            let given = ErrandTests.joao + [("attributes.nome_completo", "João"), ("attributes.cpf", "52998224725")]
            let made = try await browser.go("\(Self.id)/register", form: given)
            #expect(made.status == 303, "\(made.text)")
            #expect(try await browser.go(Self.path).text.contains("value=\"João\""))
        }
    }

    @Test func `a proof of work goes with a sign-up where the realm asks for one`() async throws {
        try await withBrowser(rules: Self.rules { ($0.profile, $0.defence.proofOfWork) = (ProfileRules(), 8) }) {
            browser in
            #expect(try await browser.go("\(Self.id)/login").text.contains("href=\"/register\""))
            let page = try await browser.go("\(Self.id)/register")
            #expect(page.text.contains("data-challenge=\"/api/auth/challenge\"") && page.text.contains("<noscript>"))
            #expect(page.text.contains("<script src=\"\(WorkScript.template)\" defer></script>"))
            #expect(
                page.headers["Content-Security-Policy"]?.contains("script-src 'self'; connect-src 'self'; ") == true)
            let script = try await browser.go("\(Self.id)\(WorkScript.template)")
            #expect(script.headers["Content-Type"] == "text/javascript; charset=utf-8" && script.body.count > 2_000)
            let without = try await browser.go(
                "\(Self.id)/register", form: ErrandTests.joao + [("challenge", ""), ("solution", "")])
            #expect(without.status == 403 && without.text.contains("JavaScript"))
            #expect(without.text.contains("value=\"joao\""))
            let challenge = browser.world.useCases.defence.proofOfWork.challenge(in: browser.world.realm)
            let solution = (0...).lazy.map(String.init).first {
                Digest.sha256(Array("\(challenge.text).\($0)".utf8))[0] == 0
            }
            let proof = [("challenge", challenge.text), ("solution", try #require(solution))]
            #expect(try await browser.go("\(Self.id)/register", form: ErrandTests.joao + proof).status == 303)
            browser.cookies = [:]
            let twice = try await browser.go("\(Self.id)/register", form: ErrandTests.joao + proof)
            #expect(twice.status == 403 && twice.text.contains("once more"))
        }
    }

    @Test func `every problem of an attribute has words`() {
        let codes =
            ["wrong_type", "out_of_range", "too_short", "invalid_phone", "invalid_date", "not_one_of", "invalid_uf"]
            + ["invalid_oab", "taken", "above_own_rank", "not_writable", "unknown"]
            + CPF.Problem.allCases.map(\.rawValue)
        for code in codes { #expect(Visit.attributePhrase(code) != nil, "\(code)") }
        for code in ["required", "too_long"] { #expect(Visit.phrase(code) != .forbiddenCharacter) }
    }
}
