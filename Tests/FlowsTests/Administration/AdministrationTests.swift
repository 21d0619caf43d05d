import Domain
import Standards
import Storage
import TestSupport
import Testing

@testable import Flows

@Suite("Many users, tables, letters and settings") struct AdministrationTests {
    @Test(arguments: Backend.available)
    func `each item of many is carried out by itself, with the right that it needs`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let boss = try await world.signUp("boss")
            let rui = try await world.person("rui")
            let principal = try await world.whoIs(boss.accessToken).get()
            let change = world.useCases.administration.changeUsers
            func result(_ step: ChangeUsers.Step) async throws -> String {
                let present = try await world.whoIs(boss.accessToken).get()
                let actor = Actor(present, provenBy: .bearer, from: World.source)
                return switch await change(step, in: world.realm, by: actor) {
                case .done: "done"
                case .created(let user): "created \(user.username)"
                case .notPermitted(let right): right.rawValue
                case .noSuchUser: "nobody"
                case .ownAccount: "own"
                case .refused(let refusal): refusal.rawValue
                case .notUsable: "not usable"
                case .hasPassword: "has password"
                case .invalid(let problems): problems.map(\.field).joined()
                case .notCreated(let refusal): "not created: \(refusal)"
                case .unavailable: "unavailable"
                }
            }
            let future = world.clock.now + .seconds(3_600)
            #expect(try await result(.delete(rui.id)) == "aldrava.users:delete")
            try await world.grant(role: Role.adminName, to: "boss")
            #expect(try await result(.disable(rui.id)) == "done")
            #expect(try await result(.disable(rui.id)) == "done")
            #expect(try await result(.invite(rui.id)) == "not usable")
            #expect(try await result(.enable(rui.id)) == "done")
            #expect(try await result(.ban(rui.id, until: Timestamp(milliseconds: 1))) == "until")
            #expect(try await result(.ban(rui.id, until: future)) == "done")
            #expect(try await result(.unban(rui.id)) == "done")
            #expect(try await result(.invite(rui.id)) == "done")
            #expect(try await result(.invite(principal.user.id)) == "has password")
            #expect(try await result(.reset(rui.id)) == "done")
            #expect(try await result(.endSessions(rui.id)) == "done")
            #expect(try await result(.delete(principal.user.id)) == "own")
            #expect(try await result(.delete(rui.id)) == "done")
            #expect(try await result(.delete(ID(high: 1, low: 2))) == "nobody")
            let ana = AddPerson.Input(username: "ana", email: "ana@example.com", language: nil, isInvited: false)
            #expect(try await result(.create(ana)) == "created ana")
            #expect(try await result(.create(ana)) == "not created: taken")
        }
    }

    @Test(arguments: Backend.available)
    func `users come as a table, page by page, with no cell that a spreadsheet would carry out`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            for number in 1...3 { _ = try await world.person("u\(number)") }
            _ = try await world.useCases.accounts.addPerson(
                AddPerson.Input(username: "=cmd", email: "=1@example.com", language: nil, isInvited: false),
                in: world.realm, by: .commandLine)
            let export = world.useCases.administration.exportUserList
            guard
                case .table(let table) = try await export(
                    .init(), UserOrder(.username, isDescending: true), columns: [.username, .email, .active],
                    hasAttributes: false, in: world.realm, by: .commandLine),
                case .noSuchRole = try await export(
                    .init(role: "nope"), .byNumber, columns: [.id], hasAttributes: false, in: world.realm,
                    by: .commandLine)
            else {
                Issue.record("no table")
                return
            }
            var bytes: [UInt8] = []
            while let piece = await table.next() { bytes += piece }
            let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
            #expect(lines.first == "username,email,active")
            #expect(
                lines.dropFirst().prefix(3) == [
                    "u3,u3@example.com,true", "u2,u2@example.com,true", "u1,u1@example.com,true",
                ])
            #expect(lines.allSatisfy { !$0.hasPrefix("=") && !$0.contains(",=") })
            let line = try #require(await world.events("export_user_list").first)
            #expect(line.this["columns"]?.words == ["username", "email", "active"])
        }
    }

    @Test func `a cell that a spreadsheet would take for a formula is text`() {
        for (cells, record) in [
            (["a", "b"], "a,b"), (["=1+1"], "'=1+1"), (["+1", "-1", "@x"], "'+1,'-1,'@x"), (["\tx"], "\"'\tx\""),
            (["\rx"], "\"'\rx\""), (["a,b", "c\"d", "e\nf"], "\"a,b\",\"c\"\"d\",\"e\nf\""), (["", ""], ","),
            ([" =1"], "' =1"), (["\u{FF1D}1"], "'\u{FF1D}1"), (["a=1"], "a=1"), (["=\"x\""], "\"'=\"\"x\"\"\""),
        ] as [([String], String)] {
            #expect(String(decoding: CSVText.record(cells), as: UTF8.self) == record + "\r\n")
        }
    }

    @Test(arguments: Backend.available)
    func `a realm's letters are its own`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let rui = try await world.person("rui")
            _ = try await world.useCases.accounts.invite(user: rui.id.text, in: world.realm, by: .commandLine)
            let mail = world.useCases.administration.mail
            let (own, next) = try await mail(in: world.realm.name, state: .waiting, before: nil, limit: 5)
            let (others, _) = try await mail(in: .system, state: nil, before: nil, limit: 5)
            #expect(own.map(\.mail.kind) == ["invite"] && next == nil && others.isEmpty)
            let id = try #require(own.first?.mail.id)
            #expect(try await mail.retry(id, in: .system, by: .commandLine) == false)
            #expect(try await mail.retry(id, in: world.realm.name, by: .commandLine))
            _ = try await world.letters()
            #expect(try await mail.retry(id, in: world.realm.name, by: .commandLine) == false)
            #expect(try await world.events("retry_mail").count == 1)
        }
    }

    @Test(arguments: Backend.available)
    func `a realm's administrators change what their realm decides, and not what operators do`(
        _ backend: Backend
    ) async throws {
        try await withWorld(backend) { world in
            _ = try await world.useCases.createRealm(
                "shop", setting: try RealmPatch(["url": "https://id.shop.example"]), by: .commandLine)
            let name = try #require(RealmName("shop"))
            let change = world.useCases.administration.changeSettings
            func settle(_ json: JSON, replaces: Bool = false, ifVersion version: Int64? = nil) async throws -> String {
                switch try await change(
                    json, replaces: replaces, in: name, ifVersion: version.flatMap { EditVersion("\($0)") },
                    by: .commandLine)
                {
                case .done(let state, let changes):
                    "\(state.version) \(changes.map(\.name).joined(separator: " "))"
                case .refused(.invalid(let problems)):
                    problems.map { "\($0.field) \($0.code)" }.joined(separator: ", ")
                case .refused(.changedMeanwhile): "meanwhile"
                case .refused(let refusal): "\(refusal)"
                }
            }
            #expect(try await settle(["session_limit": 3, "sign_up": false]) == "2 session_limit sign_up")
            #expect(try await settle(["session_limit": 4], ifVersion: 1) == "meanwhile")
            #expect(
                try await settle([
                    "url": "https://id.evil.example", "enabled": false, "mail_from": "a@b.example",
                    "applications": [["name": "x", "origin": "https://x.example"]],
                    "privacy": ["backup_retention_days": 1],
                ])
                    == "url operators_only, enabled operators_only, applications operators_only, mail_from operators_only, privacy.backup_retention_days operators_only"
            )
            #expect(try await settle(["url": .null]) == "url operators_only")
            // As it was read, and with one thing less.
            #expect(
                try await settle(["url": "https://id.shop.example", "session_limit": 3], replaces: true) == "3 sign_up")
            #expect(try await settle([:], replaces: true, ifVersion: 3) == "4 session_limit")
            #expect(try await change.show(name)?.document.url == "https://id.shop.example")
        }
    }

    @Test(arguments: Backend.available)
    func `nobody gives by a rule, or by an attribute, what they may not give by hand`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let rui = try await world.signUp("rui")
            for right in [AdminRight.settingsWrite, .usersCreate] { try await world.give(right.rawValue, to: "rui") }
            let actor = Actor(try await world.whoIs(rui.accessToken).get(), provenBy: .bearer, from: World.source)
            let rules: JSON = [
                "profile": [
                    "attributes": [["name": "unit", "type": "text", "write": ["owner", "admin"]]],
                    "assignments": [["attribute": "unit", "present": true, "role": "admin"]],
                ]
            ]
            let change = world.useCases.administration.changeSettings
            let judged = try await change(rules, replaces: false, in: world.realm.name, by: actor)
            let done = try await change(rules, replaces: false, in: world.realm.name, by: .commandLine)
            guard case .refused(.invalid(let problems)) = judged, case .done = done else {
                Issue.record("\(judged) \(done)")
                return
            }
            #expect(problems.map(\.code) == ["not_held"])
            let realm = try #require(try await world.useCases.realms.find(world.realm.name))
            let eva = SignUp.Input(
                username: "eva", email: "eva@example.com", password: Secret(utf8: "four other words together"),
                attributes: ["unit": "x"])
            guard
                case .refused(.invalid(let found)) = try await world.useCases.addUser(
                    eva, roles: [], createMissingRoles: false, in: realm, by: actor),
                case .added = try await world.useCases.addUser(
                    eva, roles: [], createMissingRoles: false, in: realm, by: .commandLine)
            else {
                Issue.record("the attribute was judged otherwise")
                return
            }
            #expect(found.map(\.code) == ["above_own_rank"])
        }
    }

    @Test(arguments: Backend.available)
    func `an operator who may change realms gains nothing by a file for their own`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let system = try #require(try await world.useCases.realms.find(.system))
            let input = SignUp.Input(
                username: "ops", email: "ops@example.com", password: Secret(utf8: "four other words together"))
            guard
                case .added(let user, _) = try await world.useCases.addUser(
                    input, roles: [], createMissingRoles: false, in: system, by: .commandLine),
                case .done = try await world.useCases.changeGrant(
                    .permissionToUser(permission: AdminRight.realmsWrite.rawValue, user: "ops"), isGrant: true,
                    in: .system, by: .commandLine)
            else {
                Issue.record("no operator")
                return
            }
            let now = world.clock.now
            let principal = Principal(
                user.person, session: ID(high: 1, low: 2), grants: .none, lastActivityAt: now, idleLimit: .seconds(60),
                absoluteEnd: now + .seconds(60))
            let actor = Actor(principal, provenBy: .bearer, from: World.source)
            func apply(_ realm: String) async throws -> RealmOutcome {
                let roles: JSON = [["name": "auditor", "permissions": ["aldrava.audit:read"]]]
                return try await world.useCases.applyRealm(
                    try RealmFile(["realm": .string(realm), "roles": roles]), isDryRun: false, by: actor)
            }
            guard case .refused(.invalid(let problems)) = try await apply("system"),
                case .done = try await apply("default")
            else {
                Issue.record("the file was judged otherwise")
                return
            }
            #expect(problems.map(\.code) == ["not_held"])
        }
    }

    @Test(arguments: Backend.available)
    func `a key's rotation names who asked for it`(_ backend: Backend) async throws {
        try await withWorld(backend) { world in
            let boss = try await world.signUp("boss")
            let principal = try await world.whoIs(boss.accessToken).get()
            let actor = Actor(principal, provenBy: .bearer, from: World.source)
            guard case .published(let next) = try await world.useCases.rotateSigningKey(in: world.realm, by: actor),
                case .withdrawn = try await world.useCases.retireSigningKey(
                    next.kid, atOnce: false, in: world.realm, by: actor)
            else {
                Issue.record("not rotated")
                return
            }
            let lines = try await world.events("rotate_signing_key") + world.events("retire_signing_key")
            #expect(lines.count == 2 && lines.allSatisfy { $0.confirmedBy == "access_token" })
        }
    }
}
