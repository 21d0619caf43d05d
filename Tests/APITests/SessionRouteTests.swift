import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("Seeing and ending sessions") struct SessionRouteTests {
    private static let path = "/api/auth/sessions"

    private func ids(_ response: Response) throws -> [String] {
        try (JSON.parse(response.body)["sessions"]?.array ?? []).compactMap { $0["id"]?.string }
    }

    @Test(arguments: Backend.available)
    func `people see where they are signed in, and end what they like`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await api.world.signUp().accessToken
            // Ids of one millisecond stand in no order.
            api.world.clock.advance(by: .milliseconds(1))
            let jar = try await api.browser("A browser signs in")
            let other = try await api.world.signUp("pedro").accessToken
            let list = try await api.send("Both are there", .get, Self.path, fields: [jar.both])
            let mine = try ids(list)
            #expect(mine.count == 2)
            let page = try await api.send("A page", .get, "\(Self.path)?limit=1", token: token)
            let next = try api.member("next", of: page)
            let rest = try await api.send("", .get, "\(Self.path)?limit=1&after=\(next)", token: token)
            #expect(try ids(page) + ids(rest) == mine)
            try await api.send("Nonsense", .get, "\(Self.path)?limit=0&after=x&page=2", token: token)
            let foreign = try await api.send("Somebody else's", .delete, "\(Self.path)/\(mine[0])", token: other)
            let unknown = try await api.send(
                "One that never was", .delete, "\(Self.path)/01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f", token: other)
            let malformed = try await api.send("What names none", .delete, "\(Self.path)/x", token: other)
            #expect(foreign.body == unknown.body && unknown.body == malformed.body && foreign.status == 404)
            try await api.send("Without a proof", .delete, "\(Self.path)/\(mine[0])", fields: [jar.both])
            try await api.send(
                "The other device", .delete, "\(Self.path)/\(mine[0])", fields: [Conversation.own, jar.both])
            try await api.send("It is out", .get, "/api/auth/me", token: token)
            try await api.send("Again", .delete, "\(Self.path)/\(mine[0])", fields: [Conversation.own, jar.both])
            try await api.send(
                "The browser's own", .delete, "\(Self.path)/\(mine[1])", fields: [Conversation.own, jar.both])
            let out = try await api.send("", .get, "/api/auth/me", fields: [jar.both])
            #expect(out.status == 401)
            #expect(Golden.difference(api.transcript, "sessions") == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `all others, or all`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let first = try await api.world.signUp().accessToken
            let second = try await api.browser("")
            let third = try await api.browser("")
            let others = try await api.send("", .delete, Self.path, fields: [Conversation.own, third.both])
            #expect(try JSON.parse(others.body)["ended"]?.integer == 2 && !others.headers.contains("Set-Cookie"))
            let refused = try await api.send("", .get, "/api/auth/me", token: first)
            let alsoRefused = try await api.send("", .get, "/api/auth/me", fields: [second.both])
            let kept = try await api.send("", .get, "/api/auth/me", fields: [third.both])
            #expect([refused.status, alsoRefused.status, kept.status] == [401, 401, 200])
            _ = try await api.browser("")
            let all = try await api.send("", .post, "/api/auth/logout-all", fields: [Conversation.own, third.both])
            #expect(try JSON.parse(all.body)["ended"]?.integer == 2)
            #expect(all.headers.values(of: "Set-Cookie").count == 2)
            let over = try await api.send("", .get, "/api/auth/me", fields: [third.both])
            #expect(over.status == 401)
            let events = try await api.world.events("end_sessions", count: 2)
            #expect(events.count == 2 && events.allSatisfy { $0.confirmedBy == "access_cookie" })
        }
    }

    @Test(arguments: Backend.available)
    func `administrators see and end anybody's, and the events name them`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let maria = try await api.world.signUp()
            let admin = try await api.world.signUp("ana")
            let path = "/api/admin/users/\(maria.user.id.text)/sessions"
            let refused = try await api.send("", .get, path, token: admin.accessToken)
            #expect(refused.status == 403 && refused.code == "permission_required")
            try await api.world.grant(role: "admin", to: "ana")
            let list = try await api.send("", .get, path, token: admin.accessToken)
            let one = try #require(try ids(list).first)
            let ended = try await api.send("", .delete, "/api/admin/sessions/\(one)", token: admin.accessToken)
            #expect(ended.status == 200)
            let again = try await api.send("", .delete, "/api/admin/sessions/\(one)", token: admin.accessToken)
            #expect(again.status == 404)
            _ = try await api.browser("")
            let all = try await api.send("", .delete, path, token: admin.accessToken)
            #expect(try JSON.parse(all.body)["ended"]?.integer == 1)
            let nobody = "/api/admin/users/01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f/sessions"
            for method in [Method.get, .delete] {
                let answer = try await api.send("", method, nobody, token: admin.accessToken)
                #expect(answer.status == 404)
            }
            let events = try await api.world.events(count: 2) { $0.did.hasPrefix("end_session") }
            #expect(events.map(\.did) == ["end_session", "end_sessions"])
            #expect(events.allSatisfy { $0.who == "ana" && $0.confirmedBy == "access_token" })
            #expect(events.allSatisfy { $0.this["target"]?.string == maria.user.id.text })
        }
    }
}
