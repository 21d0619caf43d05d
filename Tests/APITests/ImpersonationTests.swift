import Domain
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API
@testable import Flows

/// Operators of the realm `system`, and somebody of the default realm as whom they act.
struct Operators {
    static let path = "/api/system/realms/default/impersonations"
    static let reason = "Ticket 4711: the order list stays empty"

    let api: Conversation
    let maria: SignedIn
    let token: String

    static func with(
        _ backend: Backend = .sqlite, rules: RealmRules = World.settings().rules,
        _ body: (Operators) async throws -> Void
    ) async throws {
        try await withAPI(backend, rules: rules) { api in
            try await body(
                Operators(
                    api: api, maria: try await api.world.signUp(), token: try await Self.signIn("rui", api)))
        }
    }

    /// Makes an operator, and signs them in.
    static func signIn(_ name: String, _ api: Conversation, roles: [String] = ["admin"]) async throws -> String {
        let system = try #require(try await api.world.useCases.realms.find(.system))
        _ = try await api.world.useCases.addUser(
            SignUp.Input(
                username: name, email: "\(name)@example.com", password: Secret(utf8: "correct horse battery")),
            roles: roles, createMissingRoles: true, in: system, by: .commandLine)
        let answer = try await api.send(
            "", .post, "/api/system/auth/login",
            #"{"username_or_email":"\#(name)","password":"correct horse battery"}"#)
        return try api.member("token", of: answer)
    }

    struct Begun {
        let id: String
        let token: String
        let refreshToken: String
    }

    func ask(
        user: String = "maria", minutes: Int = 15, write: Bool = false, at path: String = Operators.path,
        by token: String? = nil
    ) async throws -> Response {
        try await api.send(
            "", .post, path,
            #"{"user":"\#(user)","reason":"\#(Self.reason)","minutes":\#(minutes),"write":\#(write)}"#,
            token: token ?? self.token)
    }

    func begin(
        user: String = "maria", minutes: Int = 15, write: Bool = false, at path: String = Operators.path,
        by token: String? = nil
    ) async throws -> Begun {
        let answer = try await ask(user: user, minutes: minutes, write: write, at: path, by: token)
        #expect(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
        let json = try JSON.parse(answer.body)
        return Begun(
            id: try #require(json["impersonation"]?["id"]?.string), token: try api.member("token", of: answer),
            refreshToken: try api.member("refresh_token", of: answer))
    }

    func me(_ token: String) async throws -> Response { try await api.send("", .get, "/api/auth/me", token: token) }

    func code(_ response: Response) -> String? { (try? JSON.parse(response.body))?["code"]?.string }
}

@Suite("Acting as somebody else") struct ImpersonationTests {
    @Test(arguments: Backend.available)
    func `everybody sees who it is, and both names stand in each event`(_ backend: Backend) async throws {
        try await Operators.with(backend) { operators in
            let api = operators.api
            let begun = try await operators.begin(write: true)
            let me = try JSON.parse(try await operators.me(begun.token).body)
            #expect(me["username"]?.string == "maria")
            #expect(me["impersonated_by"]?["operator"]?.string == "rui")
            #expect(me["impersonated_by"]?["reason"]?.string == Operators.reason)
            let session = try JSON.parse(
                try await api.send("", .get, "/api/auth/session", token: begun.token).body)
            #expect(session["impersonated_by"]?["id"]?.string == begun.id)
            let own = try JSON.parse(try await operators.me(operators.maria.accessToken).body)
            #expect(own["impersonated_by"] == nil)

            let list = try JSON.parse(
                try await api.send("", .get, "/api/auth/sessions", token: operators.maria.accessToken).body)
            let acted = try #require(list["sessions"]?.array?.first { $0["impersonated_by"] != nil })
            #expect(acted["impersonated_by"]?["operator"]?.string == "rui")
            #expect(acted["ip"]?.string == "" && acted["device"]?.string == "")

            let out = try await api.send("", .post, "/api/auth/logout", token: begun.token)
            #expect(out.status == 200)
            #expect(try await operators.me(begun.token).status == 401)
            let logout = try #require(try await operators.api.world.events("logout", count: 1).last)
            #expect(logout.who == "maria")
            #expect(logout.this["impersonated_by"]?["username"]?.string == "rui")
            #expect(logout.this["impersonation"]?.string == begun.id)

            try await api.world.useCases.impersonation.end.settle()
            let begins = try await operators.api.world.events("begin_impersonation", count: 2)
            #expect(Set(begins.compactMap { $0.this["realm"]?.string }) == ["default", "system"])
            let there = try #require(begins.first { $0.this["realm"]?.string == "default" })
            #expect(there.this["impersonated_by"]?["username"]?.string == "rui")
            #expect(there.this["subject"]?["username"]?.string == "maria")
            #expect(there.this["subject"]?["reason"]?.string == Operators.reason)
            let here = try #require(begins.first { $0.this["realm"]?.string == "system" })
            #expect(here.who == "rui" && here.this["target_realm"]?.string == "default")
            #expect(here.this["reason"]?.string == Operators.reason)
            #expect(here.this["subject"]?["username"]?.string == "maria")
            let ends = try await operators.api.world.events("end_impersonation", count: 2)
            #expect(ends.count == 2 && ends.allSatisfy { $0.this["cause"]?.string == "session_ended" })
            try await api.world.useCases.impersonation.end.settle()
            #expect(try await operators.api.world.events("end_impersonation", count: 2).count == 2)
        }
    }

    @Test func `the person is written to at once`() async throws {
        try await Operators.with { operators in
            _ = try await operators.begin()
            let letter = try #require(try await operators.api.world.letters().first { $0.kind == "impersonated" })
            #expect(letter.to == "maria@example.com")
            for words in ["rui", Operators.reason, "only look"] { #expect(letter.text.contains(words), "\(words)") }
        }
    }

    @Test func `whoever may only look changes nothing, on any route there is`() async throws {
        try await Operators.with { operators in
            let begun = try await operators.begin()
            let routes = operators.api.api.routes.filter {
                $0.access.needsProof && !SameOriginProof.isSafe($0.method) && $0.scope == .realm
                    && !$0.path.hasSuffix("/auth/verify")
            }
            #expect(routes.count > 25)
            var questions = 0
            for route in routes {
                let name = "\(route.method.rawValue) \(route.path)"
                let answer = try await operators.api.send("", route.method, route.samplePath, token: begun.token)
                let isRefused = answer.status == 403 && operators.code(answer) == "impersonation_read_only"
                #expect(isRefused != ImpersonationRule.questions.contains(name), "\(name): \(answer.status)")
                if !isRefused { questions += 1 }
            }
            #expect(questions == ImpersonationRule.questions.count)
            let asked = try await operators.api.send(
                "", .post, "/api/auth/check", #"{"questions":[{"permission":"messages:read"}]}"#,
                token: begun.token)
            #expect(asked.status == 200)
            #expect(try await operators.me(begun.token).status == 200)
        }
    }

    @Test func `with writing too, what is not listed is refused`() async throws {
        try await Operators.with { operators in
            try await operators.api.world.grant(role: "admin", to: "maria")
            let begun = try await operators.begin(write: true)
            let listed = ImpersonationRule.writable.union(ImpersonationRule.questions)
            var allowed: Set<String> = []
            for route in operators.api.api.routes
            where route.access.needsProof && !SameOriginProof.isSafe(route.method) && route.scope == .realm
                && !route.path.hasSuffix("/auth/verify") && !route.path.hasSuffix("/auth/logout")
            {
                let name = "\(route.method.rawValue) \(route.path)"
                let answer = try await operators.api.send("", route.method, route.samplePath, token: begun.token)
                if operators.code(answer) == "impersonation_not_allowed" {
                    #expect(!listed.contains(name), "\(name)")
                } else {
                    allowed.insert(name)
                    #expect(listed.contains(name), "\(name): \(answer.status)")
                }
            }
            #expect(allowed.contains("PATCH /api/auth/profile") && allowed.contains("POST /api/admin/users/{id}/ban"))
            for (method, path) in [
                (HTTP.Method.post, "/api/auth/change-password"), (.post, "/api/auth/change-email"),
                (.post, "/api/auth/delete-account"), (.post, "/api/auth/consents"), (.get, "/api/auth/my-data"),
                (.post, "/api/auth/my-data"), (.delete, "/api/auth/sessions"), (.post, "/api/auth/logout-all"),
                (.post, "/api/admin/api-keys"),
            ] {
                let answer = try await operators.api.send("", method, path, token: begun.token)
                #expect(operators.code(answer) == "impersonation_not_allowed", "\(path): \(answer.status)")
            }
        }
    }

    @Test func `each route that is listed exists`() throws {
        // What comes with other parts may not be there yet, and is harmless until then.
        #expect(!ImpersonationRule.writable.isEmpty)
        for name in ImpersonationRule.writable.union(ImpersonationRule.unreadable) {
            #expect(name.contains(" /api/") && !name.contains("/api/system/"), "\(name)")
        }
    }

    @Test(arguments: Backend.available)
    func `it ends at once with the operator's session, account or right, and when an operator ends it`(
        _ backend: Backend
    ) async throws {
        try await Operators.with(backend) { operators in
            let (api, flows) = (operators.api, operators.api.world.useCases)
            func ends(_ name: String, cause: String, _ act: (String, Operators.Begun) async throws -> Void) async throws
            {
                let own = try await Operators.signIn(name, api)
                let begun = try await operators.begin(by: own)
                #expect(try await operators.me(begun.token).status == 200)
                #expect(try await operators.me(begun.token).status == 200)
                try await act(own, begun)
                #expect(try await operators.me(begun.token).status == 401, "\(name)")
                let again = try await api.send(
                    "", .post, "/api/auth/refresh", #"{"refresh_token":"\#(begun.refreshToken)"}"#)
                #expect(again.status == 401, "\(name)")
                try await flows.impersonation.end.settle()
                let list = try JSON.parse(
                    try await api.send("", .get, Operators.path, token: operators.token).body)
                let entry = try #require(
                    list["impersonations"]?.array?.first { $0["id"]?.string == begun.id })
                #expect(entry["active"]?.bool == false && entry["end"]?.string == cause, "\(name): \(entry)")
            }
            try await ends("signs-out", cause: "operator_signed_out") { own, _ in
                try await api.send("", .post, "/api/system/auth/logout", token: own)
            }
            try await ends("signs-out-everywhere", cause: "operator_signed_out") { own, _ in
                try await api.send("", .post, "/api/system/auth/logout-all", token: own)
            }
            try await ends("is-disabled", cause: "operator_disabled") { _, _ in
                let system = try #require(try await flows.realms.find(.system))
                _ = try await flows.setUserActive(false, user: "is-disabled", in: system, by: .commandLine)
            }
            try await ends("loses-the-right", cause: "right_withdrawn") { _, _ in
                _ = try await flows.changeGrant(
                    .roleToUser(role: "admin", user: "loses-the-right"), isGrant: false, in: .system, by: .commandLine)
            }
            try await ends("is-ended", cause: "ended") { _, begun in
                let answer = try await api.send(
                    "", .delete, "\(Operators.path)/\(begun.id)", token: operators.token)
                #expect(answer.status == 200)
            }
            try await ends("the-person-ends", cause: "session_ended") { _, _ in
                try await api.send("", .delete, "/api/auth/sessions", token: operators.maria.accessToken)
            }
        }
    }

    @Test(arguments: Backend.available)
    func `a realm that is disabled does not come back with it`(_ backend: Backend) async throws {
        try await Operators.with(backend) { operators in
            let api = operators.api
            try await api.send("", .post, "/api/system/realms", #"{"name":"shop"}"#, token: operators.token)
            let name = try #require(RealmName("shop"))
            let shop = try #require(try await api.world.useCases.realms.find(name))
            _ = try await api.world.useCases.signUp(
                SignUp.Input(
                    username: "ana", email: "ana@example.com", password: Secret(utf8: "correct horse battery")),
                in: shop, from: World.source)
            let begun = try await operators.begin(
                user: "ana@example.com", at: "/api/system/realms/shop/impersonations")
            let me = "/realms/shop/api/auth/me"
            #expect(try await api.send("", .get, me, token: begun.token).status == 200)
            for enabled in [false, true] {
                let answer = try await api.send(
                    "", .patch, "/api/system/realms/shop", #"{"enabled":\#(enabled)}"#, token: operators.token)
                #expect(answer.status == 200)
                #expect(try await api.send("", .get, me, token: begun.token).status == (enabled ? 401 : 404))
            }
            let disabled = try await api.send(
                "", .patch, "/api/system/realms/shop", #"{"enabled":false}"#, token: operators.token)
            #expect(disabled.status == 200)
            let refused = try await operators.ask(user: "ana", at: "/api/system/realms/shop/impersonations")
            #expect(refused.status == 404)
        }
    }

    @Test func `a proxy is told who acts, and what the application is asked decides`() async throws {
        let crm = try #require(Origin("https://crm.example.com"))
        try await Operators.with(rules: ruling { $0.applications = [Application(name: "crm", origin: crm)] }) {
            operators in
            let api = operators.api
            func ask(_ method: String, _ token: String, _ own: HTTP.Method = .get) async throws -> Response {
                try await api.send(
                    "", own, "/api/auth/verify", token: token,
                    fields: [("X-Original-Method", method), ("X-Original-URL", "https://crm.example.com/x")],
                    isFromProxy: true)
            }
            let looking = try await operators.begin()
            let writing = try await operators.begin(write: true)
            let seen = try await ask("GET", looking.token)
            #expect(seen.status == 200)
            let impersonator = try #require(seen.headers["X-Auth-Impersonator"])
            #expect(ID<User>(impersonator) != nil && seen.headers["X-Auth-Username"] == "maria")
            let assertion = try #require(seen.headers["X-Auth-Assertion"])
            #expect(try claims(assertion)["act"]?["sub"]?.string == impersonator)
            #expect(try claims(looking.token)["act"]?["sub"]?.string == impersonator)
            #expect(try await ask("POST", looking.token).status == 403)
            #expect(operators.code(try await ask("POST", looking.token)) == "impersonation_read_only")
            #expect(try await ask("GET", looking.token, .post).status == 200)
            #expect(try await ask("POST", writing.token).status == 200)
            let unknown = try await api.send("", .get, "/api/auth/verify", token: looking.token, isFromProxy: true)
            #expect(operators.code(unknown) == "impersonation_read_only")
            let own = try await ask("POST", operators.maria.accessToken)
            #expect(own.status == 200 && own.headers["X-Auth-Impersonator"] == "")
            #expect(try claims(operators.maria.accessToken)["act"] == nil)
        }
    }

    private func claims(_ token: String) throws -> JSON {
        let parts = token.split(separator: ".")
        let payload = try #require(parts.dropFirst().first)
        return try JSON.parse(try #require(Base64URL.decode(String(payload))))
    }

    @Test func `its time is its end, and no refresh goes beyond it, nor into a cookie`() async throws {
        try await Operators.with(rules: ruling { $0.accessLifetime = .seconds(120) }) { operators in
            let (api, clock) = (operators.api, operators.api.world.clock)
            let begun = try await operators.begin(minutes: 5)
            let asCookie = try await api.send(
                "", .post, "/api/auth/refresh",
                fields: [
                    Conversation.own, ("Cookie", "\(api.world.realm.cookies.refresh)=\(begun.refreshToken)"),
                ])
            #expect(asCookie.status == 401)
            clock.advance(by: .seconds(200))
            #expect(try await operators.me(begun.token).status == 401)
            let fresh = try await api.send(
                "", .post, "/api/auth/refresh", #"{"refresh_token":"\#(begun.refreshToken)"}"#)
            #expect(fresh.status == 200)
            let next = try api.member("token", of: fresh)
            #expect(try claims(next)["act"]?["sub"]?.string != nil)
            #expect(try await operators.me(next).status == 200)
            clock.advance(by: .seconds(99))
            #expect(try await operators.me(next).status == 200)
            clock.advance(by: .seconds(1))
            #expect(try await operators.me(next).status == 401)
            let late = try await api.send(
                "", .post, "/api/auth/refresh",
                #"{"refresh_token":"\#(try api.member("refresh_token", of: fresh))"}"#)
            #expect(late.status == 401)
            try await api.world.useCases.impersonation.end.settle()
            let end = try #require(try await operators.api.world.events("end_impersonation", count: 2).first)
            #expect(end.this["cause"]?.string == "time_is_over")
        }
    }

    @Test func `nobody begins one who is no operator, or for no reason, or as an operator`() async throws {
        try await Operators.with { operators in
            let api = operators.api
            #expect(try await operators.ask(by: operators.maria.accessToken).status == 401)
            let plain = try await Operators.signIn("plain", api, roles: [])
            #expect(try await operators.ask(by: plain).status == 403)
            #expect(try await operators.ask(user: "nobody").status == 404)
            let inSystem = try await operators.ask(user: "rui", at: "/api/system/realms/system/impersonations")
            #expect(inSystem.status == 404)
            #expect(try await operators.ask(at: "/api/system/realms/nowhere/impersonations").status == 404)
            #expect(try await operators.ask(minutes: 61).status == 400)
            #expect(try await operators.ask(minutes: 0).status == 400)
            for reason in ["short", String(repeating: "x", count: 501), "two lines\\nof reasons", " a space before"] {
                let answer = try await api.send(
                    "", .post, Operators.path, #"{"user":"maria","reason":"\#(reason)"}"#, token: operators.token)
                #expect(answer.status == 400, "\(reason)")
            }
            let begun = try await operators.begin()
            #expect(try await operators.ask(by: begun.token).status == 401)
            // A while after signing in the password is asked for once more.
            api.world.clock.advance(by: .seconds(899))
            let stale = try await operators.ask()
            #expect([401, 403].contains(stale.status))
        }
    }

    @Test(arguments: Backend.available)
    func `of many who end it at once one tells`(_ backend: Backend) async throws {
        try await Operators.with(backend) { operators in
            let begun = try await operators.begin()
            let id = try #require(ID<Impersonation>(begun.id))
            let flow = operators.api.world.useCases.impersonation.end
            let ended = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        if case .ended = try await flow(id, in: .standard, by: .commandLine) { return true }
                        return false
                    }
                    group.addTask {
                        try await flow.settle()
                        return false
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(ended == 1)
            #expect(try await operators.api.world.events("end_impersonation", count: 2).count == 2)
        }
    }
}
