import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("Administration over the API") struct AdministrationRouteTests {
    private static let admin = "/api/admin"
    private static let users = "/api/admin/users"

    /// An administrator's token, with three users besides.
    private func prepared(_ api: Conversation) async throws -> String {
        let boss = try await api.world.signUp("boss")
        try await api.world.grant(role: Role.adminName, to: "boss")
        for name in ["ana", "bela", "carl"] { _ = try await api.world.signUp(name) }
        return boss.accessToken
    }

    private func names(_ response: Response) throws -> [String] {
        (try JSON.parse(response.body)["users"]?.array ?? []).compactMap { $0["username"]?.string }
    }

    @Test(arguments: Backend.available)
    func `users are listed, searched, sorted, counted, and only as far as asked for`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await prepared(api)
            let first = try await api.send(
                "", .get, "\(Self.users)?sort=username&order=desc&limit=3&count=true&fields=username,id", token: token)
            let json = try JSON.parse(first.body)
            #expect(try first.status == 200 && names(first) == ["carl", "boss", "bela"])
            #expect(json["total"]?.integer == 4 && json["total_exact"]?.bool == true)
            #expect(json["users"]?.array?.first?.members?.map(\.name) == ["id", "username"])
            let next = try #require(json["next"]?.string)
            let rest = try await api.send(
                "", .get, "\(Self.users)?sort=username&order=desc&limit=3&after=\(next)", token: token)
            #expect(try names(rest) == ["ana"] && JSON.parse(rest.body)["next"] == .null)
            #expect(try JSON.parse(rest.body)["users"]?.array?.first?.members?.count == 11)
            for (query, field) in [
                ("after=\(next)", "after"), ("after=50", "after"), ("after=AAAA%20AAAAAAAAAA", "after"),
                ("fields=id,password", "fields"), ("fields=", "fields"), ("fields=id,id", "fields"),
                ("sort=password", "sort"), ("order=up", "order"), ("active=1", "active"), ("limit=0", "limit"),
                ("limit=201", "limit"), ("role=nope", "role"), ("starts_with=a", "starts_with"),
                ("created_from=yesterday", "created_from"), ("sort=id%27--", "sort"), ("nope=1", "nope"),
            ] {
                let refused = try await api.send("", .get, "\(Self.users)?\(query)", token: token)
                #expect(refused.status == 400 && refused.body.holds("\"\(field)\"".utf8), "\(query)")
            }
            let found = try await api.send("", .get, "\(Self.users)?sort=email&starts_with=BE", token: token)
            #expect(try names(found) == ["bela"])
        }
    }

    @Test(arguments: Backend.available)
    func `a user is edited as it was seen, and a late edit is told what differs`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await prepared(api)
            let ana = try #require(await api.world.useCases.showUser("ana", in: api.world.realm.name)).user
            let path = "\(Self.users)/\(ana.id)"
            let seen = try #require(try await api.send("", .get, path, token: token).headers["ETag"])
            let edited = try await api.send(
                "", .patch, path, #"{"username":"Anna","language":"pt-BR","app_metadata":{"plan":"gold"}}"#,
                token: token, fields: [("If-Match", seen)])
            #expect(edited.status == 200 && edited.headers["ETag"] != seen)
            #expect(try JSON.parse(edited.body)["app_metadata"]?["plan"]?.string == "gold")
            let late = try await api.send(
                "", .patch, path, #"{"language":null}"#, token: token, fields: [("If-Match", seen)])
            #expect(late.status == 412 && late.body.holds("changed_meanwhile".utf8))
            #expect(
                try JSON.parse(late.body)["details"]?.members?.map(\.name) == ["username", "language", "app_metadata"])
            let strange = try await api.send(
                "", .patch, path, #"{"language":null}"#, token: token, fields: [("If-Match", "\"x\"")])
            #expect(strange.status == 412)
            let cleared = try await api.send("", .patch, path, #"{"language":null}"#, token: token)
            #expect(try cleared.status == 200 && JSON.parse(cleared.body)["user"]?["language"] == .null)
            for (body, status) in [
                (#"{"id":"01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"}"#, 400), (#"{"active":false}"#, 400),
                (#"{"roles":["admin"]}"#, 400), (#"{"email_verified_at":"2026-01-01T00:00:00.000Z"}"#, 400),
                (#"{"realm":"system","number":1,"version":9}"#, 400), (#"{"username":7}"#, 400),
                (#"{"username":"bela"}"#, 409), (#"{"email":"x' OR '1'='1"}"#, 400), ("[]", 400), ("{}", 200),
            ] {
                let answer = try await api.send("", .patch, path, body, token: token)
                #expect(answer.status == status, "\(body)")
            }
            let plain = try await api.send(
                "", .patch, path, #"{"username":"x"}"#, token: try await api.world.signUp("plain").accessToken)
            #expect(plain.status == 403)
        }
    }

    @Test(arguments: Backend.available)
    func `what makes something can be sent again`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await prepared(api)
            let once: [(FieldName, String)] = [("Idempotency-Key", "\"k-1\"")]
            let person = #"{"username":"dora","email":"dora@example.com"}"#
            let first = try await api.send("", .post, Self.users, person, token: token, fields: once)
            let again = try await api.send("", .post, Self.users, person, token: token, fields: once)
            #expect(first.status == 201 && again.status == 201 && first.body == again.body)
            let other = try await api.send(
                "", .post, Self.users, #"{"username":"emil","email":"emil@example.com"}"#, token: token, fields: once)
            #expect(other.status == 422 && other.body.holds("idempotency_key_reused".utf8))
            let odd = try await api.send(
                "", .post, Self.users, person, token: token, fields: [("Idempotency-Key", "a b")])
            #expect(odd.status == 400 && odd.body.holds("Idempotency-Key".utf8))
            let keys = "\(Self.admin)/api-keys"
            let made = try await api.send("", .post, keys, #"{"name":"nightly"}"#, token: token, fields: once)
            let repeated = try await api.send("", .post, keys, #"{ "name": "nightly" }"#, token: token, fields: once)
            #expect(made.status == 201 && repeated.status == 201 && made.body == repeated.body)
            #expect(try await api.send("", .post, keys, #"{"name":"nightly"}"#, token: token).status == 409)
            for (path, body, elsewhere) in [
                ("roles", #"{"name":"editor","rank":7}"#, #"{"name":"author"}"#),
                ("permissions", #"{"resource":"messages","action":"file"}"#, #"{"resource":"mail","action":"file"}"#),
                ("groups", #"{"name":"support"}"#, #"{"name":"sales"}"#),
                ("organisations", #"{"name":"acme","title":"Acme"}"#, #"{"name":"emca","title":"Acme"}"#),
            ] {
                let place = "\(Self.admin)/\(path)"
                let made = try await api.send("", .post, place, body, token: token, fields: once)
                let repeated = try await api.send("", .post, place, body, token: token, fields: once)
                #expect(made.status == 201 && repeated.status == 201 && made.body == repeated.body, "\(path)")
                #expect(try await api.send("", .post, place, body, token: token).status == 409, "\(path)")
                let other = try await api.send("", .post, place, elsewhere, token: token, fields: once)
                #expect(other.status == 422 && other.body.holds("idempotency_key_reused".utf8), "\(path)")
                // A refusal is not remembered.
                let next: [(FieldName, String)] = [("Idempotency-Key", "\"k-2\"")]
                #expect(try await api.send("", .post, place, body, token: token, fields: next).status == 409)
                let late = try await api.send("", .post, place, elsewhere, token: token, fields: next)
                #expect(late.status == 201, "\(path)")
                let name = path == "permissions" ? "messages:file" : try JSON.parse(Array(body.utf8))["name"]?.string
                let gone = try await api.send("", .delete, "\(place)/\(name ?? "")", token: token)
                #expect(gone.status == 200 || gone.status == 204, "\(path) \(gone.status)")
                let missed = try await api.send("", .post, place, body, token: token, fields: once)
                #expect(missed.status == 410 && missed.body.holds("made_and_gone".utf8), "\(path)")
            }
            let letters = "\(Self.admin)/organisations/emca/invitations"
            let invitation = #"{"email":"rui@example.com"}"#
            let sent = try await api.send("", .post, letters, invitation, token: token, fields: once)
            #expect(sent.status == 202)
            #expect(try await api.world.letters(to: "rui@example.com").count == 1)
            for body in [invitation, #"{ "email": "rui@example.com" }"#] {
                let again = try await api.send("", .post, letters, body, token: token, fields: once)
                #expect(again.status == 202 && again.body == sent.body)
            }
            let changed = try await api.send(
                "", .post, letters, #"{"email":"eva@example.com"}"#, token: token, fields: once)
            #expect(changed.status == 422)
            #expect(try await api.world.letters().isEmpty)
            #expect(try await api.send("", .post, letters, invitation, token: token).body != sent.body)
            // The key is the caller's own.
            let second = try await api.world.signUp("second")
            try await api.world.grant(role: Role.adminName, to: "second")
            let stranger = try await api.send(
                "", .post, keys, #"{"name":"nightly"}"#, token: second.accessToken, fields: once)
            #expect(stranger.status == 409)
        }
    }

    @Test(arguments: Backend.available)
    func `many are changed at once, in order, and one bad item stops nobody`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await prepared(api)
            func id(_ name: String) async throws -> String {
                try #require(await api.world.useCases.showUser(name, in: api.world.realm.name)).user.id.text
            }
            let (ana, boss) = (try await id("ana"), try await id("boss"))
            let answer = try await api.send(
                "", .post, "\(Self.users)/bulk",
                """
                {"items":[{"action":"disable","id":"\(ana)"},{"action":"disable","id":"\(boss)"},{"action":"fly"},
                {"action":"ban","id":"\(ana)"},{"action":"delete","id":"01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"},
                {"action":"disable","id":"x' OR 1=1"},{"action":"enable","id":"\(ana)"},
                {"action":"create","email":"new@example.com"},{"action":"create","email":"new@example.com","username":"new"}]}
                """, token: token)
            let results = try JSON.parse(answer.body)["results"]?.array ?? []
            #expect(answer.status == 200)
            #expect(results.map { $0["status"]?.integer } == [200, 409, 400, 400, 404, 400, 200, 201, 409])
            #expect(
                results.map { $0["code"]?.string } == [
                    "ok", "own_account", "validation_error", "validation_error", "not_found", "validation_error", "ok",
                    "ok", "already_registered",
                ])
            #expect(results[3]["details"]?["until"] != nil)
            let items = Array(repeating: #"{"action":"enable","id":"\#(ana)"}"#, count: 1_001).joined(separator: ",")
            let tooMany = try await api.send("", .post, "\(Self.users)/bulk", "{\"items\":[\(items)]}", token: token)
            #expect(tooMany.status == 400)
            // Reading is not enough for any of it.
            let clerk = try await api.world.signUp("clerk")
            let none = try await api.send(
                "", .post, "\(Self.users)/bulk", #"{"items":[]}"#, token: clerk.accessToken)
            #expect(none.status == 403)
        }
    }

    @Test(arguments: Backend.available)
    func `users are exported as a table`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await prepared(api)
            let answer = try await api.send(
                "", .get, "\(Self.users)/export?sort=username&fields=username,active&attributes=true", token: token)
            var bytes = answer.body
            while let piece = await answer.stream?.next() { bytes += piece }
            #expect(answer.status == 200 && answer.headers["Content-Type"] == "text/csv; charset=utf-8")
            #expect(
                String(decoding: bytes, as: UTF8.self)
                    == "username,active\r\nana,true\r\nbela,true\r\nboss,true\r\ncarl,true\r\n")
            let wrong = try await api.send("", .get, "\(Self.users)/export?fields=hash", token: token)
            #expect(wrong.status == 400)
            let clerk = try await api.world.signUp("clerk")
            #expect(try await api.send("", .get, "\(Self.users)/export", token: clerk.accessToken).status == 403)
        }
    }

    @Test(arguments: Backend.available)
    func `keys, letters and settings of the realm are its administrators'`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await prepared(api)
            let keys = "\(Self.admin)/signing-keys"
            let listed = try await api.send("", .get, keys, token: token)
            #expect(try JSON.parse(listed.body)["keys"]?.array?.count == 1)
            let rotated = try await api.send("", .post, "\(keys)/rotate", token: token)
            let kid = try api.member("kid", of: rotated)
            #expect(rotated.status == 201)
            #expect(try await api.send("", .post, "\(keys)/rotate", token: token).status == 409)
            let retired = try await api.send("", .post, "\(keys)/\(kid)/retire", #"{"at_once":true}"#, token: token)
            #expect(try retired.status == 200 && JSON.parse(retired.body)["key"]?["state"]?.string == "retired")
            #expect(try await api.send("", .post, "\(keys)/\(kid)/retire", token: token).status == 409)
            #expect(try await api.send("", .post, "\(keys)/nope/retire", token: token).status == 404)

            let made = try await api.send(
                "", .post, Self.users, #"{"email":"new@example.com","invite":true}"#, token: token)
            #expect(made.status == 201)
            let letters = try await api.send("", .get, "\(Self.admin)/mail?state=waiting", token: token)
            let letter = try #require(JSON.parse(letters.body)["letters"]?.array?.first)
            #expect(letter["kind"]?.string == "invite" && letter["to"]?.string == "n\u{2026}@e\u{2026}.com")
            let id = try #require(letter["id"]?.string)
            #expect(try await api.send("", .post, "\(Self.admin)/mail/\(id)/retry", token: token).status == 202)
            let nobody = "\(Self.admin)/mail/01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f/retry"
            #expect(try await api.send("", .post, nobody, token: token).status == 404)

            let settings = "\(Self.admin)/settings"
            let seen = try await api.send("", .get, settings, token: token)
            let tag = try #require(seen.headers["ETag"])
            #expect(try JSON.parse(seen.body)["read_only"]?.array?.contains("url") == true)
            let changed = try await api.send(
                "", .patch, settings, #"{"session_limit":3,"profile":{"attributes":[{"name":"nick","type":"text"}]}}"#,
                token: token, fields: [("If-Match", tag)])
            #expect(changed.status == 200 && changed.headers["ETag"] != tag)
            let late = try await api.send(
                "", .put, settings, "{}", token: token, fields: [("If-Match", tag)])
            #expect(late.status == 412)
            let details = try JSON.parse(late.body)["details"]
            #expect(
                details?["session_limit"] != nil && details?["profile.attributes"] != nil,
                "\(String(decoding: late.body, as: UTF8.self))")
            #expect(details?["url"] == nil)
            let operators = try await api.send("", .patch, settings, #"{"enabled":false}"#, token: token)
            #expect(operators.status == 400 && operators.body.holds("enabled".utf8))
            let whole = try await api.send("", .put, settings, "{}", token: token)
            #expect(try whole.status == 200 && JSON.parse(whole.body)["settings"]?["settings"] == [:])
            for (method, path) in [
                (Method.get, keys), (.post, "\(keys)/rotate"), (.get, "\(Self.admin)/mail"), (.get, settings),
                (.patch, settings), (.put, settings),
            ] {
                let clerk = try await api.send("", method, path, method == .get ? nil : "{}")
                #expect(clerk.status == 401, "\(method) \(path)")
            }
        }
    }

    @Test(arguments: Backend.available)
    func `erasing and exporting somebody needs the administrator's proof, and a program's none`(
        _ backend: Backend
    ) async throws {
        try await withAPI(backend) { api in
            let token = try await prepared(api)
            let ana = try #require(await api.world.useCases.showUser("ana", in: api.world.realm.name)).user
            let one = "\(Self.users)/\(ana.id)"
            let made = try await api.send(
                "", .post, "\(Self.admin)/api-keys",
                #"{"name":"letters","permissions":["aldrava.users:export","aldrava.users:delete"]}"#, token: token)
            api.world.clock.advance(by: api.world.realm.rules.accounts.freshSignIn + .seconds(1))
            // PostgreSQL's own clock cannot be set.
            if backend == .sqlite {
                let stale = try await api.send("", .post, "\(one)/data-export", token: token)
                #expect(stale.status == 403 && stale.body.holds("password_required".utf8))
            }
            let wrong = try await api.send(
                "", .post, "\(one)/erase", #"{"confirm":"\#(ana.id)","current_password":"no"}"#, token: token)
            #expect(wrong.status == 403 && wrong.body.holds("wrong_password".utf8))
            let proven = try await api.send(
                "", .post, "\(one)/data-export", #"{"current_password":"correct horse battery"}"#, token: token)
            #expect(proven.status == 200)
            #expect(made.status == 201)
            let program: [(FieldName, String)] = [("X-Service-Api-Key", try api.member("key", of: made))]
            let erased = try await api.send(
                "", .post, "\(one)/erase", #"{"confirm":"\#(ana.id)"}"#, fields: program)
            #expect(erased.status == 200)
        }
    }
}
