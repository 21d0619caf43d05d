import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("Roles, permissions, grants, and the questions about them") struct AccessRouteTests {
    private static let admin = "/api/admin"

    private func json(_ response: Response) throws -> JSON { try JSON.parse(response.body) }

    @Test(arguments: Backend.available)
    func `an administrator builds it up, and everybody learns what they may do and why`(
        _ backend: Backend
    ) async throws {
        try await withAPI(backend) { api in
            let token = try await api.world.signUp("ada").accessToken
            let maria = try await api.world.signUp("maria").accessToken
            try await api.world.grant(role: "admin", to: "ada")
            func post(_ path: String, _ body: JSON, _ method: HTTP.Method = .post) async throws -> Response {
                try await api.send("", method, "\(Self.admin)/\(path)", body.text, token: token)
            }
            for (name, rank) in [("reader", Int64(0)), ("editor", 100)] {
                let made = try await post("roles", ["name": .string(name), "rank": .integer(rank)])
                #expect(made.status == 201 && made.headers.contains("ETag"))
            }
            for (resource, action) in [("messages", "*"), ("messages", "read")] {
                let body: JSON = ["resource": .string(resource), "action": .string(action)]
                #expect(try await post("permissions", body).status == 201)
            }
            let reserved = try await post("permissions", ["resource": "aldrava.users", "action": "fly"])
            #expect(reserved.status == 400)
            let grants: [JSON] = [
                ["permission": "messages:*", "to_role": "reader"], ["role": "reader", "to_role": "editor"],
                ["role": "editor", "to_user": "maria"],
                ["permission": "aldrava.users:read", "to_user": "maria", "instance": "aldrava.users/7"],
            ]
            for grant in grants {
                let given = try await post("grants", grant)
                #expect(given.status == 200, "\(grant.text) \(String(decoding: given.body, as: UTF8.self))")
            }
            let cycle = try await post("grants", ["role": "editor", "to_role": "reader"])
            let cycleCode = try json(cycle)["code"]?.string
            #expect(cycle.status == 409 && cycleCode == "cycle")
            let unclear = try await post("grants", ["role": "editor", "to_role": "reader", "to_user": "maria"])
            #expect(unclear.status == 400)

            let asked: JSON = [
                "questions": [
                    ["permission": "messages:send"], ["permission": "mail:send"], ["role": "reader"],
                    ["permission": "aldrava.users:read", "instance": "aldrava.users/7"],
                ]
            ]
            let check = try await api.send("", .post, "/api/auth/check", asked.text, token: maria)
            let answers = try json(check)["answers"]?.array ?? []
            #expect(answers.map { $0["allowed"] == .bool(true) } == [true, false, true, true])
            #expect(answers.allSatisfy { $0["why"] == nil })
            let why: JSON = [
                "questions": [["permission": "messages:send"], ["permission": "mail:send"]], "explain": true,
            ]
            let explained = try await api.send("", .post, "/api/auth/check", why.text, token: maria)
            let reasons = try json(explained)["answers"]?.array ?? []
            let kinds = reasons.first?["why"]?["ways"]?.array?.first?["steps"]?.array?.compactMap { $0["kind"]?.string }
            #expect(kinds == ["role", "inclusion", "wildcard"])
            #expect(reasons.last?["why"]?["absence"]?.string == "no_such_permission")
            for wrong: JSON in [
                ["questions": []], ["questions": [["permission": "a:b", "role": "c"]]], ["questions": [[:]]],
                ["questions": [["role": "a", "instance": "b"]]],
                ["questions": .array((0...100).map { ["role": .string("r\($0)")] })],
            ] {
                let refused = try await api.send("", .post, "/api/auth/check", wrong.text, token: maria)
                #expect(refused.status == 400, "\(wrong.text)")
            }
            let own = try json(try await api.send("", .get, "/api/auth/permissions", token: maria))
            #expect(own["roles"]?.array?.compactMap(\.string) == ["editor", "reader", "user"])
            #expect(own["permissions"]?.array?.compactMap(\.string) == ["messages:*"])
            #expect(own["rank"]?.integer == 100 && own["stale_at"] == .null)
            #expect(own["scoped"]?.array?.first?["instance"]?.string == "aldrava.users/7")

            let explain: JSON = ["user": "maria", "questions": [["role": "admin"], ["permission": "messages:read"]]]
            let told = try json(try await post("explain", explain))
            #expect(told["holder"]?.string == "maria")
            #expect(told["answers"]?.array?.map { $0["allowed"] == .bool(true) } == [false, true])
            let nobody = try await post("explain", ["user": "nobody", "questions": [["role": "admin"]]])
            #expect(nobody.status == 404)
            let refused = try await api.send("", .post, "\(Self.admin)/explain", explain.text, token: maria)
            #expect(refused.status == 403)

            let held = try json(
                try await api.send("", .get, "\(Self.admin)/grants?held_role=editor&limit=1", token: token))
            #expect(held["grants"]?.array?.first?["holder"]?.string == "maria" && held["next"] == .null)
            let given = try json(try await api.send("", .get, "\(Self.admin)/grants?user=maria", token: token))
            #expect(given["grants"]?.array?.count == 3)
            let taken = try await api.send(
                "", .delete, "\(Self.admin)/grants?role=editor&to_user=maria", token: token)
            let isChanged = try json(taken)["changed"]
            #expect(taken.status == 200 && isChanged == .bool(true))
            let after = try json(try await api.send("", .post, "/api/auth/check", asked.text, token: maria))
            #expect(after["answers"]?.array?.first?["allowed"] == .bool(false))
        }
    }

    @Test(arguments: Backend.available)
    func `an edit that comes too late is told what has changed`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await api.world.signUp("ada").accessToken
            try await api.world.grant(role: "admin", to: "ada")
            let path = "\(Self.admin)/roles/editor"
            _ = try await api.send("", .post, "\(Self.admin)/roles", #"{"name":"editor"}"#, token: token)
            let seen = try await api.send("", .get, path, token: token)
            let tag = try #require(seen.headers["ETag"])
            let fields: [(FieldName, String)] = [("If-Match", tag)]
            let first = try await api.send(
                "", .patch, path, #"{"description":"May change articles"}"#, token: token, fields: fields)
            #expect(first.status == 200 && first.headers["ETag"] != tag)
            let late = try await api.send("", .patch, path, #"{"rank":5}"#, token: token, fields: fields)
            #expect(late.status == 412)
            #expect(try json(late)["details"]?["description"] != nil && json(late)["details"]?["rank"] == nil)
            let without = try await api.send("", .patch, path, #"{"rank":5}"#, token: token)
            #expect(without.status == 200)
            let gone = try await api.send("", .delete, path, token: token, fields: fields)
            #expect(gone.status == 412)
            let deleted = try await api.send("", .delete, path, token: token)
            #expect(deleted.status == 200)
            #expect(try await api.send("", .get, path, token: token).status == 404)

            let one = "\(Self.admin)/permissions/messages:read"
            _ = try await api.send(
                "", .post, "\(Self.admin)/permissions", #"{"resource":"messages","action":"read"}"#, token: token)
            let named = try await api.send("", .patch, one, #"{"name":"aldrava.users:read"}"#, token: token)
            #expect(named.status == 400)
            let renamed = try await api.send("", .patch, one, #"{"name":"read-mail"}"#, token: token)
            #expect(renamed.status == 200)
            #expect(try await api.send("", .get, "\(Self.admin)/permissions/read-mail", token: token).status == 200)
            #expect(try await api.send("", .delete, one, token: token).status == 200)
        }
    }

    @Test(arguments: Backend.available)
    func `the last administrator is not demoted, and promotion is told once`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let ada = try await api.world.signUp("ada")
            let maria = try await api.world.signUp("maria")
            try await api.world.grant(role: "admin", to: "ada")
            func send(_ user: ID<User>, _ deed: String) async throws -> (Int, JSON) {
                let response = try await api.send(
                    "", .post, "\(Self.admin)/users/\(user.text)/\(deed)", token: ada.accessToken)
                return (response.status, try json(response))
            }
            let alone = try await send(ada.user.id, "demote")
            #expect(alone.0 == 409 && alone.1["code"]?.string == "last_administrator")
            for isFirst in [true, false] {
                let (status, reply) = try await send(maria.user.id, "promote")
                #expect(status == 200 && reply["changed"] == .bool(isFirst) && reply["administrator"] == .bool(true))
            }
            let demoted = try await send(ada.user.id, "demote")
            #expect(demoted.0 == 200 && demoted.1["administrator"] == .bool(false))
            let after = try await send(maria.user.id, "demote")
            #expect(after.0 == 403)
        }
    }
}
