import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("Sessions in a browser's cookies") struct CookieTests {
    private static let login = "/api/auth/login"
    private static let good = #"{"username_or_email":"maria","password":"correct horse battery","transport":"cookie"}"#
    private static let own = Conversation.own

    @Test(arguments: Backend.available)
    func `go all the way from sign-in to sign-out`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let (refresh, logout) = ("/api/auth/refresh", "/api/auth/logout")
            try await api.send(
                "Signed up, with cookies", .post, "/api/auth/register",
                #"{"username":"maria","email":"maria@example.com","password":"correct horse battery","transport":"cookie"}"#,
                fields: [Self.own])
            try await api.send("No page of ours asks", .post, Self.login, Self.good)
            try await api.send(
                "Another site's page asks", .post, Self.login, Self.good, fields: [("Origin", "https://evil.example")])
            let first = try await api.browser()
            try await api.send("Who am I", .get, "/api/auth/me", fields: [first.both])
            try await api.send("What was proven", .get, "/api/auth/session", fields: [first.accessOnly])
            try await api.send(
                "No token beside the cookie", .post, Self.login,
                #"{"username_or_email":"maria","password":"correct horse battery","transport":"token"}"#,
                fields: [Self.own, first.both])
            try await api.send("Refresh, and no page of ours asks", .post, refresh, fields: [first.refreshOnly])
            let next = try await api.send("Refresh", .post, refresh, fields: [Self.own, first.both])
            let second = try api.cookies(of: next)
            try await api.send(
                "Both places", .post, refresh, #"{"refresh_token":"x"}"#, fields: [Self.own, second.refreshOnly])
            try await api.send(
                "A second cookie of the name", .post, refresh,
                fields: [Self.own, ("Cookie", "\(second.refresh); __Host-default_refresh=planted")])
            try await api.send("Neither place", .post, refresh, fields: [Self.own])
            let third = try api.cookies(
                of: try await api.send(
                    "Again, with an empty object", .post, refresh, "{}", fields: [Self.own, second.both]))
            try await api.send("Its access holds", .get, "/api/auth/me", fields: [third.accessOnly])
            let latest = try api.cookies(
                of: try await api.send("Once again", .post, refresh, fields: [Self.own, third.both]))
            try await api.send("The first again: theft", .post, refresh, fields: [Self.own, first.refreshOnly])
            try await api.send("The newest ended by it", .post, refresh, fields: [Self.own, latest.refreshOnly])
            try await api.send("And its access", .get, "/api/auth/me", fields: [latest.accessOnly])

            let fourth = try await api.browser("Signed in again")
            try await api.send("Sign out without a proof", .post, logout, fields: [fourth.both])
            try await api.send("Sign out", .post, logout, fields: [Self.own, fourth.both])
            try await api.send("It is out", .get, "/api/auth/me", fields: [fourth.accessOnly])
            try await api.send("Sign out again", .post, logout, fields: [Self.own, fourth.both])
            let fifth = try await api.browser("Once more")
            try await api.send("Access has expired, no proof", .post, logout, fields: [fifth.refreshOnly])
            try await api.send("Access has expired", .post, logout, fields: [Self.own, fifth.refreshOnly])
            let ended = try await api.send("", .get, "/api/auth/me", fields: [fifth.accessOnly])
            #expect(ended.status == 401)
            #expect(Golden.difference(api.transcript, "cookies") == nil)
        }
    }

    @Test(arguments: Backend.available)
    func `an access cookie holds as long as an access token, and the refresh cookie outlives it`(
        _ backend: Backend
    ) async throws {
        try await withAPI(backend) { api in
            _ = try await api.world.signUp()
            let jar = try await api.browser()
            api.world.clock.advance(by: .seconds(901))
            let late = try await api.send("", .get, "/api/auth/me", fields: [jar.both])
            #expect(late.status == 401)
            let spent = try await api.send("", .post, "/api/auth/logout", fields: [Conversation.own, jar.both])
            #expect(spent.status == 200)
            #expect(spent.headers.values(of: "Set-Cookie").allSatisfy { $0.contains("Max-Age=0;") })
            let again = try await api.send("", .post, "/api/auth/refresh", fields: [Conversation.own, jar.refreshOnly])
            #expect(again.status == 401 && again.code == "session_ended")
        }
    }

    @Test func `a bearer token leaves the browser's cookies alone`() async throws {
        try await withAPI { api in
            let tokens = try await api.world.signUp()
            let jar = try await api.browser()
            let answer = try await api.send(
                "", .post, "/api/auth/logout", token: tokens.accessToken, fields: [jar.both])
            #expect(answer.status == 200 && !answer.headers.contains("Set-Cookie"))
            let kept = try await api.send("", .get, "/api/auth/me", fields: [jar.accessOnly])
            #expect(kept.status == 200)
        }
    }

    @Test(arguments: [Transport.cookie, .token])
    func `a realm that forbids a way refuses it, and takes the other where nothing is said`(
        _ only: Transport
    ) async throws {
        try await withAPI(rules: ruling { $0.transports = [only] }) { api in
            let tokens = try await api.world.signUp()
            let other = Transport.allCases.first { $0 != only } ?? only
            let refused = try await api.send(
                "", .post, Self.login,
                #"{"username_or_email":"maria","password":"correct horse battery","transport":"\#(other.rawValue)"}"#,
                fields: [Self.own])
            #expect(refused.status == 400 && refused.code == "transport_not_allowed")
            let usual = try await api.send(
                "", .post, Self.login, #"{"username_or_email":"maria","password":"correct horse battery"}"#,
                fields: [Self.own])
            #expect(usual.status == 200)
            #expect(usual.headers.contains("Set-Cookie") == (only == .cookie))
            let hasToken = try JSON.parse(usual.body)["token"] != nil
            #expect(hasToken == (only == .token))
            let inBody = try await api.send(
                "", .post, "/api/auth/refresh", #"{"refresh_token":"\#(tokens.refreshToken)"}"#)
            #expect(inBody.status == (only == .token ? 200 : 400))
            let asCookie = try await api.send(
                "", .post, "/api/auth/refresh",
                fields: [Self.own, ("Cookie", "__Host-default_refresh=\(tokens.refreshToken)")])
            #expect(asCookie.status == (only == .cookie ? 200 : 400))
        }
    }

    @Test func `operators have cookies of their own, which open nothing else`() async throws {
        try await withAPI { api in
            _ = try await api.world.signUp()
            let system = try #require(try await api.world.useCases.realms.find(.system))
            _ = try await api.world.useCases.addUser(
                SignUp.Input(
                    username: "root", email: "root@example.com", password: Secret(utf8: "correct horse battery")),
                roles: [], createMissingRoles: false, in: system, by: .commandLine)
            let theirs = try await api.browser("", at: "/api/system/auth/login", name: "root")
            #expect(
                theirs.access.hasPrefix("__Host-system_access=") && theirs.refresh.hasPrefix("__Host-system_refresh="))
            let ours = try await api.browser()
            let both: (FieldName, String) = ("Cookie", "\(theirs.access); \(ours.access)")
            for (path, name) in [("/api/auth/me", "maria"), ("/api/system/auth/me", "root")] {
                let answer = try await api.send("", .get, path, fields: [both])
                #expect(try api.member("username", of: answer) == name)
            }
            // Under the other realm's name the same value proves nothing.
            let moved = theirs.access.replacing("__Host-system", with: "__Host-default")
            let answer = try await api.send("", .get, "/api/auth/me", fields: [("Cookie", moved)])
            #expect(answer.status == 401)
            let alone = try await api.send("", .get, "/api/system/auth/me", fields: [ours.both])
            #expect(alone.status == 401)
        }
    }

    @Test func `a listed page may use them, and caches know that its origin matters`() async throws {
        let origin = try #require(Origin("https://app.example.com"))
        try await withAPI(origins: [origin]) { api in
            _ = try await api.world.signUp()
            let listed: (FieldName, String) = ("Origin", "https://app.example.com")
            let signedIn = try await api.send("", .post, Self.login, Self.good, fields: [listed])
            #expect(signedIn.status == 200)
            let jar = try api.cookies(of: signedIn)
            let preflight = try await api.send(
                "", .options, "/api/auth/sessions",
                fields: [
                    listed, ("Access-Control-Request-Method", "DELETE"),
                    ("Access-Control-Request-Headers", "content-type"),
                ])
            #expect(preflight.status == 204)
            #expect(preflight.headers["Access-Control-Allow-Methods"]?.contains("DELETE") == true)
            let ended = try await api.send("", .delete, "/api/auth/sessions", fields: [listed, jar.both])
            #expect(ended.status == 200)
            for answer in [signedIn, preflight, ended] {
                #expect(answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com")
                #expect(answer.headers["Access-Control-Allow-Credentials"] == "true")
                #expect(answer.headers["Cache-Control"] == "no-store")
            }
            #expect(ended.headers["Vary"] == "Origin" && signedIn.headers["Vary"] == "Origin")
            let foreign = try await api.send(
                "", .delete, "/api/auth/sessions", fields: [("Origin", "https://evil.example"), jar.both])
            #expect(foreign.status == 403 && foreign.code == "same_origin_required")
            #expect(!foreign.headers.contains("Access-Control-Allow-Origin"))
        }
    }

    /// A page shows people what they may do and takes their word for it; it is nothing for another origin's script.
    @Test func `a listed page may call the API, and read none of the pages for people`() async throws {
        let listed = try #require(Origin("https://app.example.com"))
        let shown = [HTTP.Method.get, .post].map { method in
            Page(method, "/account", .realm, sentence: "", bodyLimit: 100) { _, _, _, _ in
                var headers = Headers()
                headers.add("Content-Type", "text/html; charset=utf-8")
                headers.add("X-Content-Type-Options", "nosniff")
                return Response(status: 200, headers: headers)
            }
        }
        try await withAPI(routes: shown.map(Route.init), origins: [listed]) { api in
            let origin: (FieldName, String) = ("Origin", listed.description)
            for (method, fields) in [
                (.get, [origin]), (.post, [origin]),
                (.options, [origin, ("Access-Control-Request-Method", "POST")]),
            ] as [(HTTP.Method, [(FieldName, String)])] {
                let answer = try await api.send("", method, "/account", fields: fields)
                #expect(!answer.headers.contains("Access-Control-Allow-Origin"), "\(method)")
                #expect(!answer.headers.contains("Access-Control-Allow-Credentials"), "\(method)")
            }
        }
    }

    @Test(arguments: SameSite.allCases)
    func `both cookies travel between sites as the realm says`(_ same: SameSite) async throws {
        try await withAPI(rules: ruling { $0.sameSite = same }) { api in
            _ = try await api.world.signUp()
            let answer = try await api.send("", .post, Self.login, Self.good, fields: [Self.own])
            let set = answer.headers.values(of: "Set-Cookie")
            #expect(set.count == 3)
            #expect(
                set[0].hasSuffix("; Path=/; Max-Age=900; Secure; HttpOnly; SameSite=\(same == .lax ? "Lax" : "Strict")")
            )
            #expect(set[1].contains("_refresh=") && set[2].contains("_device="))
            #expect(set[1].hasSuffix("; Secure; HttpOnly; SameSite=\(same == .lax ? "Lax" : "Strict")"))
            // It opens nothing, and a person who comes from another site is to be known.
            #expect(set[2].hasSuffix("; Secure; HttpOnly; SameSite=Lax"))
        }
    }
}
