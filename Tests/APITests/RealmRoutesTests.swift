import Domain
import Flows
import HTTP
import Standards
import TestSupport
import Testing

@testable import API

@Suite("Operating realms over the API") struct RealmRoutesTests {
    private static let realms = "/api/system/realms"

    @Test(arguments: Backend.available)
    func `realms are listed, made, shown, changed and applied`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await api.operator()
            let market = "\(Self.realms)/market"
            try await api.send("Those that always exist", .get, Self.realms, token: token)
            try await api.send(
                "Made", .post, Self.realms,
                #"{"name":"market","session_limit":3,"url":"https://id.market.example","password":{"minimum_length":12}}"#,
                token: token)
            try await api.send("Once only", .post, Self.realms, #"{"name":"market"}"#, token: token)
            try await api.send("Not every name", .post, Self.realms, #"{"name":"admin"}"#, token: token)
            try await api.send(
                "Everything that is wrong", .post, Self.realms,
                #"{"sesion_limit":1,"transports":["smoke"],"access_lifetime":1}"#, token: token)
            try await api.send("Shown", .get, market, token: token)
            try await api.send("None of that name", .get, "\(Self.realms)/nobody", token: token)
            try await api.send("No name", .get, "\(Self.realms)/No.Name", token: token)
            try await api.send(
                "Changed, as it was seen", .patch, market, #"{"session_limit":4,"url":null}"#, token: token,
                fields: [("If-Match", "\"1\"")])
            try await api.send(
                "Not as it was seen", .patch, market, #"{"session_limit":5}"#, token: token,
                fields: [("If-Match", "\"1\"")])
            try await api.send("Nothing to do", .patch, market, #"{"session_limit":4}"#, token: token)
            let file =
                #"{"realm":"market","session_limit":4,"permissions":["offers:read"],"roles":[{"name":"buyer","permissions":["offers:read"]}]}"#
            try await api.send("What would change", .put, "\(market)?dry_run=true", file, token: token)
            try await api.send("Applied", .put, market, file, token: token)
            try await api.send("Twice is once", .put, market, file, token: token)
            try await api.send("A file for another realm", .put, "\(Self.realms)/shop", file, token: token)
            try await api.send("A slip in the query", .put, "\(market)?dryrun=true", file, token: token)
            try await api.send("A page", .get, "\(Self.realms)?limit=1", token: token)
            try await api.send("The next", .get, "\(Self.realms)?limit=1&after=default", token: token)
            #expect(Golden.difference(api.transcript, "realms") == nil)
        }
    }

    @Test func `nobody but the operators' administrators gets there`() async throws {
        try await withAPI { api in
            let maria = try await api.world.signUp()
            try await api.world.grant(role: "admin", to: "maria")
            let clerk = try await api.operator(roles: [])
            for (method, path) in [
                (Method.get, Self.realms), (.post, Self.realms), (.get, "\(Self.realms)/default"),
                (.patch, "\(Self.realms)/default"), (.put, "\(Self.realms)/default"),
            ] {
                let body = method == .get ? nil : "{}"
                #expect(try await api.send("", method, path, body).status == 401)
                #expect(try await api.send("", method, path, body, token: maria.accessToken).status == 401)
                #expect(try await api.send("", method, path, body, token: clerk).status == 403)
            }
            // Found nowhere else.
            for path in ["/api/realms", "/realms/default/api/system/realms", "/realms/system/api/system/realms"] {
                #expect(try await api.send("", .get, path, token: clerk).status == 404)
            }
        }
    }

    @Test func `a disabled realm answers nobody from the next request on`() async throws {
        try await withAPI { api in
            let token = try await api.operator()
            _ = try await api.send("", .post, Self.realms, #"{"name":"market"}"#, token: token)
            let keys = "/realms/market/.well-known/jwks.json"
            #expect(try await api.send("", .get, keys).status == 200)
            _ = try await api.send("", .patch, "\(Self.realms)/market", #"{"enabled":false}"#, token: token)
            let refused = try await api.send("", .get, keys)
            let unknown = try await api.send("", .get, "/realms/nobody/.well-known/jwks.json")
            #expect(refused.status == unknown.status && refused.body == unknown.body && refused.status == 404)
            _ = try await api.send("", .patch, "\(Self.realms)/market", #"{"enabled":null}"#, token: token)
            #expect(try await api.send("", .get, keys).status == 200)
        }
    }

    @Test(arguments: Backend.available)
    func `whoever watches over the server is answered whatever is disabled, and waits for no database`(
        _ backend: Backend
    ) async throws {
        try await withAPI(backend) { api in
            let health = try #require(Request(method: .get, target: "/health", headers: Headers(), body: []))
            // On PostgreSQL nothing in memory is believed here: there is no lease.
            #expect(api.api.answerNow(health)?.status == 200)
            var headers = Headers()
            headers.add("Host", "10.0.0.7:8005")
            let byAddress = try #require(Request(method: .get, target: "/health", headers: headers, body: []))
            #expect(api.api.answerNow(byAddress)?.status == 200)
            let token = try await api.operator()
            let standard = "\(Self.realms)/default"
            let answer = try await api.send("", .patch, standard, #"{"enabled":false}"#, token: token)
            #expect(answer.status == 200)
            let me = try #require(Request(method: .get, target: "/api/auth/me", headers: Headers(), body: []))
            #expect(await api.api.answer(me).status == 404)
            for path in ["/health", "/ready"] { #expect(try await api.send("", .get, path).status == 200) }
            #expect(try await api.send("", .patch, standard, #"{"enabled":true}"#, token: token).status == 200)
            #expect(try await api.send("", .get, "/api/auth/me").status == 401)
        }
    }
}

extension Conversation {
    /// The access token of an operator.
    fileprivate func `operator`(roles: [String] = ["admin"]) async throws -> String {
        let system = try #require(try await world.useCases.realms.find(.system))
        let added = try await world.useCases.addUser(
            SignUp.Input(username: "root", email: "root@example.com", password: Secret(utf8: "correct horse battery")),
            roles: roles, createMissingRoles: true, in: system, by: .commandLine)
        guard case .added = added else { throw World.WorldFault.refused("\(added)") }
        let answer = try await send(
            "An operator signs in", .post, "/api/system/auth/login",
            #"{"username_or_email":"root","password":"correct horse battery"}"#)
        return try member("token", of: answer)
    }
}
