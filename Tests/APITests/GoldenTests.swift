import API
import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

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
            _ = try await api.world.useCases.setUserActive(false, user: "maria", in: .standard, by: .local)
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
            let theft = try await api.send(
                "Spent twice over: theft", .post, path, #"{"refresh_token":"\#(first.refreshToken)"}"#)
            let newest = try api.member("refresh_token", of: third)
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
            let page = try await api.send("The newest two", .get, "\(path)?limit=2", token: token)
            let next = try api.member("next", of: page)
            try await api.send("The rest", .get, "\(path)?limit=200&before=\(next)", token: token)
            try await api.send("Bad values", .get, "\(path)?limit=201&before=x", token: token)
            try await api.send("Given twice", .get, "\(path)?limit=1&limit=2", token: token)
            try await api.send("A malformed query", .get, "\(path)?limit=%FF", token: token)
            #expect(Golden.difference(api.transcript, "audit-logs") == nil)
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
        try await withAPI(cors: .api(origins: [origin])) { api in
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
