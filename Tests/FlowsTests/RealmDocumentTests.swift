import Domain
import Standards
import Testing

@testable import Flows

/// The problems of a patch as `field code`, or nothing.
private func problems(_ text: String) -> [String] {
    do throws(InvalidRealm) {
        _ = try RealmPatch(JSON.of(text))
        return []
    } catch { return error.problems.map { "\($0.field) \($0.code)" } }
}

private func document(_ text: String) throws -> RealmDocument {
    RealmDocument().changed(by: try RealmPatch(JSON.of(text)))
}

extension JSON {
    /// Of a text of the test's own.
    fileprivate static func of(_ text: String) -> JSON { (try? JSON.parse(text)) ?? "not JSON" }
}

private let server = RealmBase(publicURL: "https://id.example.com")

@Suite("A realm's document") struct RealmDocumentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let written: String
        let read: String
        var testDescription: String { written }

        init(_ written: String, _ read: String? = nil) {
            self.written = written
            self.read = read ?? written
        }
    }

    static let good: [Case] = [
        Case("{}"),
        Case(#"{"url":"https://ID.Shop.Example"}"#, #"{"url":"https://id.shop.example"}"#),
        Case(#"{"url":"https://id.example:8443"}"#), Case(#"{"url":"http://shop.localhost:8005"}"#),
        Case(#"{"url":"http://127.0.0.1:8005"}"#), Case(#"{"url":"http://[::1]:8005"}"#),
        Case(#"{"enabled":true}"#, "{}"), Case(#"{"enabled":false}"#), Case(#"{"enabled":null}"#, "{}"),
        Case(#"{"access_lifetime":60}"#), Case(#"{"access_lifetime":86400}"#),
        Case(#"{"session_idle":60}"#), Case(#"{"session_idle":31536000}"#),
        Case(#"{"session_absolute":60}"#), Case(#"{"session_absolute":157680000}"#),
        Case(#"{"refresh_grace":0}"#), Case(#"{"refresh_grace":60}"#),
        Case(#"{"session_limit":1}"#), Case(#"{"session_limit":1000}"#), Case(#"{"session_limit":null}"#, "{}"),
        Case(#"{"replay_elsewhere":"count"}"#), Case(#"{"replay_elsewhere":"end"}"#),
        Case(#"{"password":{"minimum_length":8}}"#), Case(#"{"password":{"minimum_length":128}}"#),
        Case(#"{"password":null}"#, "{}"), Case(#"{"password":{}}"#, "{}"),
        Case(
            #"{"profile":{"attributes":[{"name":"cpf","type":"cpf","unique":true,"read":["owner","admin"],"write":["admin"]}]}}"#
        ),
        Case(
            #"{"profile":{"attributes":[{"name":"a","type":"text","required":"never","masked":false}]}}"#,
            #"{"profile":{"attributes":[{"name":"a","type":"text","read":["owner","admin"],"write":["admin"]}]}}"#),
        Case(#"{"profile":{"assignments":[{"attribute":"oab","present":true,"role":"advogado"}]}}"#),
        Case(#"{"sign_up":false}"#), Case(#"{"sign_up":true}"#), Case(#"{"sign_in_methods":["password"]}"#),
        Case(#"{"transports":["cookie"]}"#), Case(#"{"transports":["token","cookie"]}"#),
        Case(#"{"transports":["cookie","token"]}"#), Case(#"{"same_site":"strict"}"#),
        Case(#"{"allowed_origins":[]}"#),
        Case(
            #"{"allowed_origins":["https://b.example","HTTPS://A.example"]}"#,
            #"{"allowed_origins":["https://a.example","https://b.example"]}"#),
        Case(#"{"allowed_methods":["POST","GET"]}"#, #"{"allowed_methods":["GET","POST"]}"#),
        Case(#"{"sign_in_url":"https://shop.example/sign-in?from=x&y=%20"}"#),
        Case(#"{"sign_in_url":"http://localhost:3000"}"#),
        Case(
            #"{"applications":[{"origin":"https://b.example","name":"b"},{"name":"a","origin":"https://a.example"}]}"#,
            #"{"applications":[{"name":"a","origin":"https://a.example"},{"name":"b","origin":"https://b.example"}]}"#),
        Case(#"{"mail_from":"shop@example.com"}"#), Case(#"{"mail_from":"The Shop <shop@example.com>"}"#),
        Case(#"{"signing_algorithm":"EdDSA"}"#),
        Case(#"{"key_rotation":"90d"}"#), Case(#"{"key_rotation":7776000}"#, #"{"key_rotation":"90d"}"#),
        Case(#"{"key_rotation":"600"}"#, #"{"key_rotation":600}"#), Case(#"{"key_rotation":0}"#),
        Case(#"{"accounts":{"confirm_email":true,"end_sessions_on_reset":false}}"#),
        Case(#"{"accounts":{"deletion_grace":0,"fresh_sign_in":86400}}"#),
        Case(
            #"{"defence":{"sign_in_tries_per_hour":2,"device_tries_per_hour":3,"network_tries_per_hour":1000000}}"#),
        Case(#"{"defence":{"realm_tries_per_hour":4,"sign_ups_per_hour":5,"mails_per_hour":6}}"#),
        Case(#"{"defence":{"proof_tries_per_hour":7,"proof_of_work":30,"disposable_mail":"refuse"}}"#),
        Case(#"{"defence":{"breached_passwords":"refuse","breached_passwords_unavailable":"allow"}}"#),
        Case(#"{"privacy":{"terms":[{"name":"terms","version":2,"required":true}]}}"#),
        Case(#"{"privacy":{"inactive_after_days":730,"inactivity_warning_days":[30,7],"inactive_then":"erase"}}"#),
        Case(#"{"privacy":{"backup_retention_days":0}}"#),
        Case(#"{"mail":{"language":"pt-BR"}}"#), Case(#"{"mail":{"product_name":"A Loja <b>"}}"#),
        Case(
            #"{"mail":{"greeting":{"pt-BR":"Oi, {username}!","en":"Hi {username}"}}}"#,
            #"{"mail":{"greeting":{"en":"Hi {username}","pt-BR":"Oi, {username}!"}}}"#),
        Case(#"{"mail":{"signature":{"en":"The {product} team"}}}"#),
        Case(#"{"mail":{"support_url":"https://shop.example/help"}}"#),
        Case(
            #"{"mail":{"letters":{"test":{"en":{"intro":"b","subject":"a"}},"invite":{"pt-BR":{"intro":"c"}}}}}"#,
            #"{"mail":{"letters":{"invite":{"pt-BR":{"intro":"c"}},"test":{"en":{"subject":"a","intro":"b"}}}}}"#),
    ]

    @Test(arguments: good) func `a good value has one canonical form, which reads back as itself`(_ one: Case) throws {
        let read = try document(one.written)
        #expect(read.json.text == one.read)
        #expect(try document(read.json.text) == read)
        #expect(RealmDocument(settings: read.settings, isEnabled: read.isEnabled) == read)
    }

    static let bad: [(String, [String])] = [
        (#"{"accounts":{"confirm_email":1}}"#, ["accounts.confirm_email wrong_type"]),
        (#"{"accounts":{"deletion_grace":31536001}}"#, ["accounts.deletion_grace out_of_range"]),
        (#"{"accounts":{"confirm_mail":true}}"#, ["accounts.confirm_mail unknown"]),
        (#"{"defence":{"sign_in_tries_per_hour":1}}"#, ["defence.sign_in_tries_per_hour out_of_range"]),
        (#"{"defence":{"proof_of_work":31}}"#, ["defence.proof_of_work out_of_range"]),
        (#"{"defence":{"breached_passwords":"warn"}}"#, ["defence.breached_passwords not_one_of"]),
        (#"{"privacy":{"terms":"terms"}}"#, ["privacy.terms wrong_type"]),
        (#"{"privacy":{"inactive_after_days":29}}"#, ["privacy.inactive_after_days out_of_range"]),
        (#"{"privacy":{"inactivity_warning_days":[7,7]}}"#, ["privacy.inactivity_warning_days[1] repeated"]),
        (#"{"mail":{"language":"de"}}"#, ["mail.language not_one_of"]),
        (#"{"mail":{"product_name":""}}"#, ["mail.product_name too_short"]),
        (#"{"mail":{"product_name":"a\nb"}}"#, ["mail.product_name forbidden_character"]),
        (#"{"mail":{"greeting":{"en":"{name}"}}}"#, ["mail.greeting.en unknown_placeholder"]),
        (#"{"mail":{"greeting":{"en":"a { b"}}}"#, ["mail.greeting.en unknown_placeholder"]),
        (#"{"mail":{"signature":{"fr":"a"}}}"#, ["mail.signature.fr unknown"]),
        (#"{"mail":{"support_url":"javascript:alert(1)"}}"#, ["mail.support_url invalid_url"]),
        (#"{"mail":{"letters":{"test":{"en":{"html":"a"}}}}}"#, ["mail.letters.test.en.html unknown"]),
        (#"{"mail":{"letters":[]}}"#, ["mail.letters wrong_type"]),
        (#"{"url":"http://id.example"}"#, ["url invalid_url"]),
        (#"{"url":"https://id.example/"}"#, ["url invalid_url"]),
        (#"{"url":"https://id.example/path"}"#, ["url invalid_url"]),
        (#"{"url":"https://user@id.example"}"#, ["url invalid_url"]),
        (#"{"url":"http://127.0.0.1.example"}"#, ["url invalid_url"]),
        (#"{"url":"http://notlocalhost"}"#, ["url invalid_url"]), (#"{"url":7}"#, ["url invalid_url"]),
        (#"{"enabled":"true"}"#, ["enabled wrong_type"]),
        (#"{"access_lifetime":59}"#, ["access_lifetime out_of_range"]),
        (#"{"access_lifetime":86401}"#, ["access_lifetime out_of_range"]),
        (#"{"access_lifetime":900.0}"#, ["access_lifetime wrong_type"]),
        (#"{"access_lifetime":"900"}"#, ["access_lifetime wrong_type"]),
        (#"{"session_idle":59}"#, ["session_idle out_of_range"]),
        (#"{"session_idle":31536001}"#, ["session_idle out_of_range"]),
        (#"{"session_absolute":59}"#, ["session_absolute out_of_range"]),
        (#"{"session_absolute":157680001}"#, ["session_absolute out_of_range"]),
        (#"{"refresh_grace":-1}"#, ["refresh_grace out_of_range"]),
        (#"{"refresh_grace":61}"#, ["refresh_grace out_of_range"]),
        (#"{"session_limit":0}"#, ["session_limit out_of_range"]),
        (#"{"session_limit":1001}"#, ["session_limit out_of_range"]),
        (#"{"replay_elsewhere":"ignore"}"#, ["replay_elsewhere not_one_of"]),
        (#"{"password":{"minimum_length":7}}"#, ["password.minimum_length out_of_range"]),
        (#"{"password":{"minimum_length":129}}"#, ["password.minimum_length out_of_range"]),
        (#"{"password":{"minimum_lenght":9}}"#, ["password.minimum_lenght unknown"]),
        (#"{"password":9}"#, ["password wrong_type"]), (#"{"sign_up":1}"#, ["sign_up wrong_type"]),
        (#"{"sign_in_methods":[]}"#, ["sign_in_methods too_short"]),
        (#"{"sign_in_methods":["passkey"]}"#, ["sign_in_methods[0] not_one_of"]),
        (#"{"transports":[]}"#, ["transports too_short"]), (#"{"transports":"cookie"}"#, ["transports wrong_type"]),
        (#"{"transports":["cookie","cookie"]}"#, ["transports[1] repeated"]),
        (#"{"transports":["Cookie","smoke"]}"#, ["transports[0] not_one_of", "transports[1] not_one_of"]),
        (#"{"same_site":"none"}"#, ["same_site not_one_of"]),
        (#"{"allowed_origins":["*"]}"#, ["allowed_origins[0] invalid_origin"]),
        (#"{"allowed_origins":["https://a.example","https://A.example"]}"#, ["allowed_origins[1] repeated"]),
        (#"{"allowed_methods":["get"]}"#, ["allowed_methods[0] not_one_of"]),
        (#"{"allowed_methods":["OPTIONS"]}"#, ["allowed_methods[0] not_one_of"]),
        (#"{"sign_in_url":"/login"}"#, ["sign_in_url invalid_url"]),
        (#"{"sign_in_url":"javascript:alert(1)"}"#, ["sign_in_url invalid_url"]),
        (#"{"sign_in_url":"https://a@shop.example/"}"#, ["sign_in_url invalid_url"]),
        (#"{"sign_in_url":"https:\\\\shop.example"}"#, ["sign_in_url invalid_url"]),
        (#"{"sign_in_url":"https://shop.example/#x"}"#, ["sign_in_url invalid_url"]),
        (#"{"sign_in_url":"https://shop.example/\r\nX: y"}"#, ["sign_in_url invalid_url"]),
        (#"{"sign_in_url":"http://shop.example/"}"#, ["sign_in_url invalid_url"]),
        (#"{"applications":[{"name":"a"}]}"#, ["applications[0].origin invalid_origin"]),
        (
            #"{"applications":[{"name":"a b","origin":"https://a.example","x":1}]}"#,
            ["applications[0].x unknown", "applications[0].name invalid_name"]
        ),
        (#"{"applications":[{"name":"a","origin":"http://a.example"}]}"#, ["applications[0].origin invalid_origin"]),
        (
            #"{"applications":[{"name":"a","origin":"https://a.example"},{"name":"a","origin":"https://a.example"}]}"#,
            ["applications[1].name repeated", "applications[1].origin repeated"]
        ),
        (#"{"mail_from":"shop"}"#, ["mail_from invalid_mailbox"]),
        (#"{"mail_from":"Shop\r\nBcc: x@example.com <shop@example.com>"}"#, ["mail_from invalid_mailbox"]),
        (#"{"mail_from":"Shop <a@example.com>, B <b@example.com>"}"#, ["mail_from invalid_mailbox"]),
        (#"{"signing_algorithm":"none"}"#, ["signing_algorithm not_one_of"]),
        (#"{"key_rotation":599}"#, ["key_rotation invalid_rotation"]),
        (#"{"key_rotation":"90 days"}"#, ["key_rotation invalid_rotation"]),
        (#"{"key_rotation":315360001}"#, ["key_rotation invalid_rotation"]),
        (
            #"{"profile":{"attributes":[{"name":"a","type":"cpf"},{"name":"a","type":"uf"}]}}"#,
            ["profile.attributes[1].name repeated"]
        ),
        (#"{"profile":{"assignments":{}}}"#, ["profile.assignments wrong_type"]),
        (#"{"realm":"shop"}"#, ["realm unknown"]), (#"{"secret":"x"}"#, ["secret unknown"]),
        ("[]", ["body wrong_type"]),
        (
            #"{"acces_lifetime":1,"session_idle":1,"sign_up":"no","transports":[]}"#,
            ["acces_lifetime unknown", "session_idle out_of_range", "sign_up wrong_type", "transports too_short"]
        ),
    ]

    @Test(arguments: bad) func `everything that is wrong is said at once`(_ text: String, _ expected: [String]) {
        #expect(Set(problems(text)) == Set(expected))
        #expect(problems(text).count == expected.count)
    }

    @Test func `every member is in both lists`() {
        for row in RealmMember.all {
            let name = row.path[0]
            #expect(Self.good.contains { $0.read.contains("\"\(name)\":") }, "\(name)")
            #expect(Self.bad.contains { $0.1.contains { $0.hasPrefix(name) } }, "\(name)")
        }
    }

    @Test func `a list of 65 elements is too long`() {
        let origins = (0..<65).map { "\"https://a\($0).example\"" }
        #expect(problems(#"{"allowed_origins":[\#(origins.joined(separator: ","))]}"#) == ["allowed_origins too_long"])
        #expect(problems(#"{"allowed_origins":[\#(origins.dropLast().joined(separator: ","))]}"#) == [])
    }

    @Test func `a name that is not known is answered with the one that was meant`() throws {
        do throws(InvalidRealm) { _ = try RealmPatch(["acces_lifetime": 900]) } catch {
            #expect(error.problems.first?.message == "is not a member of a realm; did you mean 'access_lifetime'?")
        }
    }

    @Test func `rules are the server's but for what is set`() throws {
        var mine = RealmRules.standard
        mine.accessLifetime = .seconds(1_234)
        mine.sessionLimit = 7
        let rules = try document(#"{"session_idle":600,"transports":["cookie"],"password":{"minimum_length":12}}"#)
            .rules(over: mine)
        #expect(rules.accessLifetime == .seconds(1_234) && rules.sessionLimit == 7)
        #expect(rules.idleLimit == .seconds(600) && rules.transports == [.cookie])
        #expect(rules.passwordPolicy.minimumLength == 12)
        #expect(rules.passwordPolicy.maximumBytes == PasswordPolicy.standard.maximumBytes)
    }

    /// A row that reads one rule and sets another would lose what was set here.
    @Test func `every value that is set is the value that holds`() throws {
        for one in Self.good {
            let read = try document(one.written)
            let effective = read.effective(issuer: "https://x.example", over: .standard)
            for row in RealmMember.all where row.name != "url" && read.sets(row) {
                let holds = row.path.reduce(Optional(effective)) { $0?[$1] }
                #expect(holds == read[row.name], "\(one.written)")
            }
            // What does not hold for everybody is set, and nothing else has changed.
            let changed = RealmMember.all.filter {
                $0.name != "url" && $0.name != "enabled"
                    && $0.value(read.rules(over: .standard)) != $0.value(RealmRules.standard)
            }
            for row in changed { #expect(read.sets(row), "\(row.name) in \(one.written)") }
        }
    }

    @Test func `null removes, and what is not named stays`() throws {
        let before = try document(#"{"session_limit":3,"access_lifetime":600,"password":{"minimum_length":9}}"#)
        let after = before.changed(
            by: try RealmPatch(JSON.of(#"{"access_lifetime":null,"sign_up":false,"password":null}"#)))
        #expect(after.json.text == #"{"session_limit":3,"sign_up":false}"#)
        #expect(
            before.differences(to: after).map(\.line) == [
                "- access_lifetime: 600", "- password.minimum_length: 9", "+ sign_up: false",
            ])
        #expect(after.differences(to: after).isEmpty)
        let other = after.changed(by: try RealmPatch(["session_limit": 4]))
        #expect(after.differences(to: other).map(\.line) == ["~ session_limit: 3 -> 4"])
    }

    @Test func `what was typed is read as what it means`() throws {
        let patch = try RealmPatch(
            setting: [
                "access_lifetime=600", "sign_up=no", "transports=cookie,token", "key_rotation=30d",
                "url=https://a.example",
                "applications=crm=https://crm.example", "password.minimum_length=10", "allowed_origins=",
                #"sign_in_methods=["password"]"#, "sign_in_url=https://a.example/?x=y",
            ], removing: ["mail_from"])
        #expect(
            RealmDocument().changed(by: patch).json.text
                == #"{"url":"https://a.example","access_lifetime":600,"password":{"minimum_length":10},"sign_up":false,"sign_in_methods":["password"],"transports":["cookie","token"],"allowed_origins":[],"sign_in_url":"https://a.example/?x=y","applications":[{"name":"crm","origin":"https://crm.example"}],"key_rotation":"30d"}"#
        )
        do throws(InvalidRealm) {
            _ = try RealmPatch(
                setting: ["acces_lifetime=1", "sign_up", "sign_up=perhaps", "session_limit=1", "session_limit=2"],
                removing: ["nothing"])
            Issue.record("taken")
        } catch {
            #expect(
                error.problems.map { "\($0.field) \($0.code)" } == [
                    "acces_lifetime unknown", "sign_up invalid_assignment", "sign_up wrong_type",
                    "session_limit repeated", "nothing unknown",
                ])
        }
    }

    static let wholes: [(String, String, [String])] = [
        ("shop", "{}", []), ("shop", #"{"url":"https://shop.example","sign_in_url":"https://shop.example/in"}"#, []),
        ("shop", #"{"sign_in_url":"https://id.example.com/realms/shop/login"}"#, []),
        ("shop", #"{"sign_in_url":"https://evil.example/"}"#, ["sign_in_url foreign_origin"]),
        ("shop", #"{"sign_in_url":"https://a.example/x","allowed_origins":["https://a.example"]}"#, []),
        (
            "shop",
            #"{"sign_in_url":"https://a.example/x","applications":[{"name":"a","origin":"https://a.example"}]}"#, []
        ),
        ("shop", #"{"session_idle":3000000}"#, ["session_idle out_of_range"]),
        ("shop", #"{"session_absolute":600}"#, ["session_absolute out_of_range"]),
        ("shop", #"{"session_absolute":600,"session_idle":600}"#, []),
        ("shop", #"{"url":"https://id.example.com"}"#, ["url host_taken"]),
        (
            "shop", #"{"applications":[{"name":"a","origin":"https://id.example.com"}]}"#,
            ["applications[0].origin host_taken"]
        ),
        (
            "shop", #"{"url":"https://a.example","applications":[{"name":"a","origin":"https://a.example"}]}"#,
            ["applications[0].origin host_taken"]
        ),
        ("default", #"{"url":"https://a.example"}"#, ["url not_allowed"]),
        ("default", #"{"enabled":false}"#, []),
        (
            "system", #"{"enabled":false,"sign_up":true,"applications":[{"name":"a","origin":"https://a.example"}]}"#,
            ["enabled not_allowed", "sign_up not_allowed", "applications not_allowed"]
        ),
    ]

    @Test(arguments: wholes) func `what is good alone must be good together`(
        _ name: String, _ text: String, _ expected: [String]
    ) throws {
        let name = try #require(RealmName(name))
        #expect(server.problems(of: name, try document(text)).map { "\($0.field) \($0.code)" } == expected)
    }

    @Test func `a realm's URL is its own, or below the server's`() throws {
        let shop = try #require(RealmName("shop"))
        #expect(server.issuer(of: shop, RealmDocument()) == "https://id.example.com/realms/shop")
        #expect(server.issuer(of: shop, try document(#"{"url":"https://shop.example"}"#)) == "https://shop.example")
        #expect(server.issuer(of: .standard, RealmDocument()) == "https://id.example.com")
    }
}

@Suite("A realm's file") struct RealmFileTests {
    private let text = """
        {"roles": [{"name": "producer", "description": "Sells", "permissions": ["offers:write", "offers:read"]},
                   {"name": "buyer"}],
         "permissions": ["offers:write", {"resource": "offers", "action": "read", "name": "offers.read"}],
         "session_limit": 5, "realm": "market"}
        """

    @Test func `it is read whole, and written in one form`() throws {
        let file = try RealmFile(JSON.of(text))
        #expect(
            file.json.text
                == #"{"realm":"market","session_limit":5,"permissions":[{"resource":"offers","action":"read","name":"offers.read"},"offers:write"],"roles":[{"name":"buyer"},{"name":"producer","description":"Sells","permissions":["offers:read","offers:write"]}]}"#
        )
        #expect(try RealmFile(file.json).json == file.json)
        #expect(!file.saysWhetherEnabled)
        #expect(try RealmFile(["realm": "market", "enabled": true]).json.text == #"{"realm":"market","enabled":true}"#)
    }

    @Test(
        arguments: [
            ("{}", ["realm required"]), (#"{"realm":"Shop"}"#, ["realm invalid_name"]),
            (#"{"realm":"shop","permissions":{},"roles":1}"#, ["permissions wrong_type", "roles wrong_type"]),
            (#"{"realm":"shop","permissions":["a"]}"#, ["permissions[0] invalid_permission"]),
            (#"{"realm":"shop","permissions":["a:b","a:b"]}"#, ["permissions[1] repeated"]),
            (
                #"{"realm":"shop","permissions":["a:b",{"resource":"x","action":"y","name":"a:b"}]}"#,
                ["permissions[1].name invalid_name", "permissions[1] repeated"]
            ),
            (
                #"{"realm":"shop","permissions":[{"resource":"a b","acton":"y"}]}"#,
                [
                    "permissions[0].acton unknown", "permissions[0].resource invalid_name",
                    "permissions[0].action invalid_name",
                ]
            ),
            (#"{"realm":"shop","roles":[{"name":"a"},{"name":"a"}]}"#, ["roles[1].name repeated"]),
            (#"{"realm":"shop","roles":["a"]}"#, ["roles[0] wrong_type"]),
            (
                #"{"realm":"shop","roles":[{"name":"","description":1,"permissions":["a","b:c","b:c"],"x":1}]}"#,
                [
                    "roles[0].x unknown", "roles[0].name invalid_name", "roles[0].description wrong_type",
                    "roles[0].permissions[0] invalid_permission", "roles[0].permissions[2] repeated",
                ]
            ),
            (#"{"rolls":[],"session_idle":1}"#, ["rolls unknown", "session_idle out_of_range", "realm required"]),
        ] as [(String, [String])])
    func `everything that is wrong with it is said at once`(_ text: String, _ expected: [String]) {
        do throws(InvalidRealm) {
            _ = try RealmFile(JSON.of(text))
            Issue.record("taken")
        } catch { #expect(error.problems.map { "\($0.field) \($0.code)" } == expected) }
    }

    @Test func `a file for one realm is not applied to another`() throws {
        #expect(try RealmFile(["session_limit": 1], for: .standard).realm == .standard)
        #expect(throws: InvalidRealm.self) { try RealmFile(["realm": "shop"], for: .standard) }
    }
}
