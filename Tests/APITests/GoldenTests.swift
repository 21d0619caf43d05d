import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("Whole exchanges") struct GoldenTests {
    private static let maria = #"{"username":"maria","email":"maria@example.com","password":"correct horse battery"}"#

    @Test(arguments: Backend.available)
    func `register answers once, and then says why not`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let path = "/api/auth/register"
            try await api.send("Signed up", .post, path, Self.maria)
            try await api.send("The name is taken", .post, path, Self.maria)
            try await api.send("Everything is missing", .post, path, "{}")
            try await api.send("Every type is wrong", .post, path, #"{"username":1,"email":null,"password":["x"]}"#)
            try await api.send(
                "Every value is refused", .post, path, #"{"username":"a@b","email":"nowhere","password":"short"}"#)
            try await api.send(
                "One is missing, the others are refused", .post, path, #"{"username":" ","password":"password123"}"#)
            try await api.send("Not an object", .post, path, "[]")
            try await api.send("Not JSON", .post, path, "{")
            try await api.send(
                "Not the right kind", .post, path, "username=maria",
                fields: [("Content-Type", "application/x-www-form-urlencoded")])
            try await api.send("Too long", .post, path, String(repeating: " ", count: 16_385))
            #expect(Golden.difference(api.transcript.shortened, "register") == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `login looks alike for unknown, wrong and disabled`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let path = "/api/auth/login"
            let good = #"{"username_or_email":"MARIA","password":"correct horse battery"}"#
            _ = try await api.world.signUp()
            try await api.send("By name", .post, path, good)
            try await api.send(
                "By address", .post, path,
                #"{"username_or_email":"maria@example.com","password":"correct horse battery"}"#,
                fields: [("Content-Type", "Application/JSON; charset=utf-8")])
            let wrong = try await api.send(
                "Wrong password", .post, path, #"{"username_or_email":"maria","password":"wrong"}"#)
            let unknown = try await api.send(
                "Unknown name", .post, path, #"{"username_or_email":"nobody","password":"wrong"}"#)
            _ = try await api.world.useCases.setUserActive(false, user: "maria", in: api.world.realm, by: .commandLine)
            let disabled = try await api.send("Disabled", .post, path, good)
            #expect(wrong.body == unknown.body && wrong.body == disabled.body)
            try await api.send("Wrong shape", .post, path, #"{"username_or_email":"","password":7}"#)
            #expect(Golden.difference(api.transcript, "login") == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `refresh gives the next pair, and one answer for every refusal`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let path = "/api/auth/refresh"
            let first = try await api.world.signUp()
            let answer = try await api.send(
                "The next pair", .post, path, #"{"refresh_token":"\#(first.refreshToken)"}"#)
            let second = try api.member("refresh_token", of: answer)
            try await api.send("What it gave works", .get, "/api/auth/me", token: try api.member("token", of: answer))
            let third = try await api.send("And again", .post, path, #"{"refresh_token":"\#(second)"}"#)
            let malformed = try await api.send("Malformed", .post, path, #"{"refresh_token":"nope"}"#)
            let fourth = try await api.send(
                "And again", .post, path, #"{"refresh_token":"\#(try api.member("refresh_token", of: third))"}"#)
            let theft = try await api.send(
                "Spent three times over: theft", .post, path, #"{"refresh_token":"\#(first.refreshToken)"}"#)
            let newest = try api.member("refresh_token", of: fourth)
            let ended = try await api.send("Ended by it", .post, path, #"{"refresh_token":"\#(newest)"}"#)
            #expect(malformed.body == theft.body && theft.body == ended.body && theft.status == 401)
            try await api.send("Wrong shape", .post, path, #"{"token":"x"}"#)
            #expect(Golden.difference(api.transcript, "refresh") == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `me and logout need a token that is good right now`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await api.world.signUp().accessToken
            try await api.send("Who am I", .get, "/api/auth/me", token: token)
            try await api.send("Without a token", .get, "/api/auth/me")
            try await api.send("With nonsense", .get, "/api/auth/me", token: "nonsense")
            try await api.send("Another scheme", .get, "/api/auth/me", fields: [("Authorization", "Basic YTpi")])
            try await api.send("In lower case", .get, "/api/auth/me", fields: [("Authorization", "bearer \(token)")])
            try await api.send(
                "Two of them", .get, "/api/auth/me",
                fields: [("Authorization", "Bearer \(token)"), ("Authorization", "Bearer \(token)")])
            try await api.send("Sign out", .post, "/api/auth/logout", token: token)
            try await api.send("The next request is refused", .get, "/api/auth/me", token: token)
            try await api.send("Sign out again", .post, "/api/auth/logout", token: token)
            #expect(Golden.difference(api.transcript, "me-and-logout") == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `the audit log is for administrators, a page at a time`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let path = "/api/audit/logs"
            let token = try await api.world.signUp().accessToken
            try await api.send("Not an administrator", .get, path, token: token)
            try await api.world.grant(role: "admin", to: "maria")
            // On PostgreSQL an event is shown when no older transaction runs any more.
            _ = try await api.world.audit(count: 4)
            let page = try await api.send("The newest two", .get, "\(path)?limit=2", token: token)
            let next = try api.member("next", of: page)
            try await api.send("The rest", .get, "\(path)?limit=200&before=\(next)", token: token)
            try await api.send("Bad values", .get, "\(path)?limit=201&before=x", token: token)
            try await api.send("Given twice", .get, "\(path)?limit=1&limit=2", token: token)
            try await api.send("A malformed query", .get, "\(path)?limit=%FF", token: token)
            let filters =
                "who=maria&did=login&status=valid:true&confirmed_by=password&if_ok=access_granted&if_doubt=require_2fa"
                + "&if_not=block_access&kind=event&request=request-1&from=2020-01-01T00:00:00.000Z"
            try await api.send("Filtered by everything", .get, "\(path)?\(filters)", token: token)
            try await api.send("Filtered by what nobody wrote", .get, "\(path)?application=erp", token: token)
            try await api.send("Oldest first", .get, "\(path)?order=asc&limit=1&did=create_role", token: token)
            try await api.send(
                "Misspelt, and of the wrong shape", .get,
                "\(path)?whom=maria&status=true&kind=x&session=1&from=yesterday&order=up&did=", token: token)
            try await api.send("The other order's place", .get, "\(path)?order=asc&before=\(next)", token: token)
            #expect(Golden.difference(api.transcript, "audit-logs") == nil)
        }
    }

    @Test func `the example of an application's events can be sent as it is`() async throws {
        try await withAPI(.sqlite) { api in
            let token = try await api.world.signUp().accessToken
            for (resource, action) in [("audit", "write"), ("application", "erp")] {
                _ = try await api.world.useCases.createPermission(
                    resource: resource, action: action, name: nil, description: "", in: .standard, by: .commandLine)
                try await api.world.give("\(resource):\(action)", to: "maria")
            }
            guard case .json(let schema) = AuditEventsEndpoint.input else { return #expect(Bool(false)) }
            let example = schema.description.example
            let answer = try await api.send("As it is", .post, "/api/audit/events", example.text, token: token)
            #expect(answer.status == 201)
        }
    }

    @Test(arguments: Backend.available)
    func `an application writes its events once`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let path = "/api/audit/events"
            let token = try await api.world.signUp().accessToken
            let body = #"{"events":[{"did":"contract_confirmed"}]}"#
            try await api.send("Without the permission", .post, path, body, token: token)
            for (resource, action) in [("audit", "write"), ("application", "erp")] {
                _ = try await api.world.useCases.createPermission(
                    resource: resource, action: action, name: nil, description: "", in: .standard, by: .commandLine)
            }
            try await api.world.give("audit:write", to: "maria")
            try await api.send("Without an application", .post, path, body, token: token)
            try await api.world.give("application:erp", to: "maria")
            let whole = #"""
                {"application":"erp","events":[{"id":"4711","did":"contract_stored","kind":"document","status":"valid:true",\#
                "if_ok":"invoice_sent","if_doubt":"review","if_not":"contract_void","this":{"contract":4711},\#
                "document":{"title":"Contract","sha256":"\#(String(repeating: "0a", count: 32))","media_type":"application/pdf",\#
                "size":48213,"uri":"https://files.example.com/4711"}},{"did":"contract_confirmed","status":"valid:false"}]}
                """#
            let key: [(FieldName, String)] = [("Idempotency-Key", "\"8e03978e\"")]
            let first = try await api.send("Two at once", .post, path, whole, token: token, fields: key)
            let again = try await api.send(
                "The same again, with the key as most clients send it", .post, path, whole, token: token,
                fields: [("Idempotency-Key", "8e03978e")])
            #expect(first.body == again.body)
            try await api.send("The key for something else", .post, path, body, token: token, fields: key)
            try await api.send(
                "A malformed key", .post, path, body, token: token, fields: [("Idempotency-Key", "\"a")])
            try await api.send(
                "Everything is wrong", .post, path,
                #"{"application":"","events":[{"did":"app:x:login","if_ok":"a b","kind":"x","this":[],"subject":"me"},{}]}"#,
                token: token)
            try await api.send(
                "A deed of the server's, and a subject who is nobody", .post, path,
                #"{"events":[{"did":"app:login"},{"did":"login","kind":"document"},{"did":"x","personal":{}}]}"#,
                token: token)
            try await api.send("None", .post, path, #"{"events":[]}"#, token: token)
            try await api.send(
                "Another's name", .post, path, #"{"application":"crm","events":[{"did":"x"}]}"#, token: token)
            try await api.world.grant(role: "admin", to: "maria")
            _ = try await api.world.audit(count: 10)
            try await api.send("As they are in the log", .get, "/api/audit/logs?application=erp", token: token)
            #expect(Golden.difference(api.transcript, "audit-events") == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `the stream is for administrators, and says where it begins`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let path = "/api/audit/stream"
            let token = try await api.world.signUp().accessToken
            try await api.send("Not an administrator", .get, path, token: token)
            try await api.world.grant(role: "admin", to: "maria")
            let answer = try await api.send("A stream", .get, "\(path)?did=login", token: token)
            let first = String(decoding: await answer.stream?.next() ?? [], as: UTF8.self)
            #expect(first.hasPrefix("retry: 1000\nid: "))
            try await api.send(
                "A place that is none", .get, path, token: token, fields: [("Last-Event-ID", "42")])
            try await api.send("Bad values", .get, "\(path)?last_event_id=x&limit=5&status=1", token: token)
            #expect(Golden.difference(api.transcript, "audit-stream") == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `the public documents say what they should`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            try await api.send("The root", .get, "/")
            try await api.send("Health", .get, "/health")
            try await api.send("The database", .get, "/dbstatus")
            let keys = try await api.send("The keys", .get, "/.well-known/jwks.json")
            let tag = try #require(keys.headers["ETag"])
            let same = try await api.send(
                "The same keys", .get, "/.well-known/jwks.json", fields: [("If-None-Match", "\"x\", W/\(tag)")])
            #expect(same.status == 304)
            let other = try await api.send(
                "Other keys", .get, "/.well-known/jwks.json", fields: [("If-None-Match", "\"x\"")])
            #expect(other.status == 200)
            try await api.send("Nothing there", .get, "/api/auth")
            try await api.send("Another method", .get, "/api/auth/login")
            try await api.send("Which methods", .options, "/api/auth/me")
            #expect(Golden.difference(api.transcript, "public") == nil)
        }
    }

    @Test func `a page of a listed origin may read the answers, another may not`() async throws {
        let origin = try #require(Origin("https://app.example.com"))
        try await withAPI(origins: [origin]) { api in
            let listed: (FieldName, String) = ("Origin", "https://app.example.com")
            try await api.send(
                "A preflight", .options, "/api/auth/login",
                fields: [listed, ("Access-Control-Request-Method", "POST")])
            try await api.send("From a listed page", .get, "/health", fields: [listed])
            try await api.send("From another page", .get, "/health", fields: [("Origin", "https://evil.example")])
            try await api.send(
                "A preflight from another page", .options, "/api/auth/login",
                fields: [("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST")])
            #expect(Golden.difference(api.transcript, "cors") == nil)
        }
    }

    @Test func `a database that is gone is a 503 that says when to come back`() async throws {
        try await withAPI { api in
            let tokens = try await api.world.signUp()
            await api.world.store.close()
            try await api.send("Sign up", .post, "/api/auth/register", Self.maria)
            try await api.send("The database", .get, "/dbstatus")
            try await api.send("Refresh", .post, "/api/auth/refresh", #"{"refresh_token":"\#(tokens.refreshToken)"}"#)
            try await api.send("Health does not ask it", .get, "/health")
            #expect(Golden.difference(api.transcript, "database-gone") == nil)
            #expect(api.world.reports.all.contains { $0.did == "database_fault" })
        }
    }
}

extension String {
    /// A body of thousands of blanks is one line of a golden.
    fileprivate var shortened: String {
        split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.utf8.count > 4_000 ? "<\($0.utf8.count) bytes>" : String($0) }.joined(separator: "\n")
    }
}
