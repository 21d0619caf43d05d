import Domain
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API
@testable import Flows

/// Nothing crosses between realms: every route of the table is asked with every kind of credential of every other realm,
/// and must answer as it answers one that nobody has. A route that is added is asked too.
@Suite("Realms are isolated") struct IsolationTests {
    /// Somebody of one realm who may do everything there, with every kind of credential.
    private struct Inhabitant {
        let realm: Realm
        let user: ID<User>
        let session: ID<Session>
        let name: String
        let bearer: String
        let cookie: String
        let refresh: String
        let apiKey: String
        let apiKeyID: ID<APIKey>
    }

    /// A place where a realm's routes are found.
    private struct Place {
        let realm: RealmName
        let prefix: String
        let host: String?
        let scopes: [RouteScope]
    }

    private static let password = "correct horse battery"
    private static let own = "https://buyer.example.com"
    private static let application = "https://app.example.com"

    private static let places = [
        Place(realm: .standard, prefix: "", host: nil, scopes: [.realm]),
        Place(realm: name("producer"), prefix: "/realms/producer", host: nil, scopes: [.realm]),
        Place(realm: name("buyer"), prefix: "", host: "buyer.example.com", scopes: [.realm]),
        Place(realm: name("producer"), prefix: "", host: "app.example.com", scopes: [.application]),
        Place(realm: .system, prefix: "", host: nil, scopes: [.system]),
    ]

    private static func name(_ text: String) -> RealmName { RealmName(text) ?? .standard }

    private func settle(_ name: RealmName, _ world: World) async throws -> Inhabitant {
        let flows = world.useCases
        let realm = try #require(try await flows.realms.find(name))
        // The same names and addresses everywhere.
        let added = try await flows.addUser(
            SignUp.Input(username: "ana", email: "ana@example.com", password: Secret(utf8: Self.password)),
            roles: [], createMissingRoles: false, in: realm, by: .commandLine)
        guard case .added = added else { throw World.WorldFault.refused("\(added)") }
        _ = try await flows.createRole(name: Role.adminName, description: "", in: name, by: .commandLine)
        for (resource, action) in [("audit", "write"), ("application", "erp"), ("messages", "read")] {
            _ = try await flows.createPermission(
                resource: resource, action: action, name: nil, description: "", in: name, by: .commandLine)
            _ = try await flows.changeGrant(
                .permissionToUser(permission: "\(resource):\(action)", user: "ana"), isGrant: true, in: name,
                by: .commandLine
            )
        }
        _ = try await flows.changeGrant(
            .roleToUser(role: Role.adminName, user: "ana"), isGrant: true, in: name, by: .commandLine)
        let outcome = try await flows.signIn(
            identifier: "ana", password: Secret(utf8: Self.password), in: realm, from: World.source)
        guard case .signedIn(let tokens) = outcome else { throw World.WorldFault.refused("\(outcome)") }
        let credentials = Credentials(bearer: Array(tokens.accessToken.utf8)[...])
        guard case .authenticated(let result) = try await flows.authenticate(credentials, in: realm),
            let principal = result.principal
        else { throw World.WorldFault.refused("its own token") }
        let key = try await flows.createAPIKey(
            CreateAPIKey.Input(name: "job", permissions: ["messages:read"], networks: [], expires: .never), in: name,
            by: .commandLine)
        guard case .created(let text, let summary) = key else { throw World.WorldFault.refused("\(key)") }
        let cookie = flows.authenticate.accessCookies.cookie(
            session: principal.session, counter: .first, expiresAt: world.clock.now + .seconds(600), realm: name,
            client: Session.nativeClient)
        // Used at home, so that memory knows them all: what it knows must not count elsewhere either.
        for credentials in [
            Credentials(apiKey: Array(text.utf8)[...]), Credentials(cookie: Array(cookie.utf8)[...]),
        ] {
            guard case .authenticated = try await flows.authenticate(credentials, in: realm) else {
                throw World.WorldFault.refused("its own credential")
            }
        }
        return Inhabitant(
            realm: realm, user: principal.user.id, session: principal.session, name: "ana",
            bearer: tokens.accessToken, cookie: cookie, refresh: tokens.refreshToken, apiKey: text, apiKeyID: summary.id
        )
    }

    /// The same credential with its last characters changed, so that nobody has it.
    private static func nobodys(_ text: String) -> String {
        String(text.dropLast(8)) + String(text.suffix(8).map { $0 == "A" ? "B" : "A" })
    }

    private func request(
        _ route: Route, at place: Place, path: String, fields: [(FieldName, String)], body: String
    ) throws -> Request {
        var headers = Headers()
        if let host = place.host { headers.add("Host", host) }
        // What a cookie needs besides, so that it is judged for itself.
        headers.add("Origin", place.host.map { "https://\($0)" } ?? "http://127.0.0.1:8005")
        for (name, value) in fields { headers.add(name, value) }
        if !body.isEmpty { headers.add("Content-Type", "application/json") }
        var request = try #require(
            Request(method: route.method, target: place.prefix + path, headers: headers, body: Array(body.utf8)))
        request.client = .ip(try #require(IPAddress("192.0.2.7")))
        request.id = "request-1"
        return request
    }

    private func ask(_ api: API, _ request: Request) async -> Response {
        if let now = api.answerNow(request) { now } else { await api.answer(request) }
    }

    /// The example of what a route reads, with somebody's own secrets where it asks for such.
    private func body(_ route: Route, refresh: String) -> String {
        guard case .json(let shape) = route.description.request else { return "" }
        guard case .object(let members) = shape.example else { return shape.example.text }
        return JSON.object(
            members.map { member in
                switch member.name {
                case "refresh_token": JSON.Member(member.name, .string(refresh))
                case "username_or_email": JSON.Member(member.name, .string("ana"))
                case "password": JSON.Member(member.name, .string("not the password of anybody"))
                default: member
                }
            }
        ).text
    }

    /// Whatever is drawn at random for everybody who asks may differ, and nothing else.
    private static let drawn = ["ticket", "challenge"]

    private func isSame(_ left: Response, _ right: Response) -> Bool {
        left.status == right.status && Self.withoutDrawn(left.body) == Self.withoutDrawn(right.body)
            && left.headers.pairs.map { "\($0.name): \($0.value)" }
                == right.headers.pairs.map { "\($0.name): \($0.value)" }
    }

    private static func withoutDrawn(_ body: [UInt8]) -> [UInt8] {
        guard case .object(let members)? = try? JSON.parse(body), members.contains(where: { drawn.contains($0.name) })
        else { return body }
        return Array(JSON.object(members.filter { !drawn.contains($0.name) }).text.utf8)
    }

    private func withInhabitants(_ body: (API, World, [RealmName: Inhabitant]) async throws -> Void) async throws {
        try await withAPI { conversation in
            let world = conversation.world
            for (realm, setting) in [
                ("producer", #"{"applications":[{"name":"shop","origin":"\#(Self.application)"}]}"#),
                ("buyer", #"{"url":"\#(Self.own)"}"#),
            ] {
                let patch = try RealmPatch(JSON.parse(Array(setting.utf8)))
                let outcome = try await world.useCases.createRealm(realm, setting: patch, by: .commandLine)
                guard case .done = outcome else { throw World.WorldFault.refused("\(outcome)") }
            }
            var inhabitants: [RealmName: Inhabitant] = [:]
            for name in Set(Self.places.map(\.realm)) { inhabitants[name] = try await settle(name, world) }
            try await body(conversation.api, world, inhabitants)
        }
    }

    @Test func `a credential of another realm is nobody's, on every route`() async throws {
        try await withInhabitants { api, _, inhabitants in
            var asked = 0
            for place in Self.places {
                for route in api.routes where place.scopes.contains(route.scope) {
                    for (name, foreigner) in inhabitants where name != place.realm {
                        let own = inhabitants[place.realm]
                        for kind in Kind.allCases {
                            let credential = kind.credential(of: foreigner)
                            let inBody = kind == .refreshBody
                            let foreign = await ask(
                                api,
                                try request(
                                    route, at: place, path: route.samplePath,
                                    fields: kind.fields(credential, own, foreigner),
                                    body: body(route, refresh: inBody ? credential : "x")))
                            let random = await ask(
                                api,
                                try request(
                                    route, at: place, path: route.samplePath,
                                    fields: kind.fields(Self.nobodys(credential), own, foreigner),
                                    body: body(route, refresh: inBody ? Self.nobodys(credential) : "x")))
                            let what: Comment =
                                "\(route.method.rawValue) \(route.path) of \(place.realm) with a \(kind.rawValue) of \(name): \(foreign.status) and \(random.status)"
                            // An open route looks at no credential; what it counts are the tries themselves.
                            let isThrottled = [foreign.status, random.status].contains(429)
                            if !(!route.access.needsProof && isThrottled) { #expect(isSame(foreign, random), what) }
                            if route.access.needsProof { #expect([401, 404].contains(foreign.status), what) }
                            asked += 1
                        }
                    }
                }
            }
            #expect(asked > 500)
        }
    }

    @Test func `an id of another realm is nobody's, on every route that takes one`() async throws {
        try await withInhabitants { api, world, inhabitants in
            var asked = 0
            for place in Self.places {
                let own = try #require(inhabitants[place.realm])
                for route in api.routes where place.scopes.contains(route.scope) && route.path.contains("{") {
                    for (name, foreigner) in inhabitants where name != place.realm {
                        for id in [foreigner.user.text, foreigner.session.text, foreigner.apiKeyID.text] {
                            let random = ID<User>(at: world.clock.now, random: Array(repeating: 7, count: 10)).text
                            var answers: [Response] = []
                            for value in [id, random] {
                                let path = Self.path(route.path, value)
                                answers.append(
                                    await ask(
                                        api,
                                        try request(
                                            route, at: place, path: path,
                                            fields: [("Authorization", "Bearer \(own.bearer)")],
                                            body: body(route, refresh: "x"))))
                            }
                            #expect(
                                isSame(answers[0], answers[1]),
                                "\(route.method.rawValue) \(route.path) of \(place.realm) with an id of \(name)")
                            asked += 1
                        }
                    }
                }
            }
            #expect(asked > 0)
            // And nothing happened to those whose ids they were.
            for (name, inhabitant) in inhabitants {
                let realm = try #require(try await world.useCases.realms.find(name))
                let outcome = try await world.useCases.authenticate(
                    Credentials(bearer: Array(inhabitant.bearer.utf8)[...]), in: realm)
                guard case .authenticated = outcome else {
                    Issue.record("somebody of \(name) was signed out")
                    continue
                }
            }
        }
    }

    @Test func `a name and a password are good in their own realm only`() async throws {
        try await withInhabitants { _, world, inhabitants in
            let realm = try #require(try await world.useCases.realms.find(Self.name("producer")))
            let flows = world.useCases
            let added = try await flows.addUser(
                SignUp.Input(username: "rui", email: "rui@example.com", password: Secret(utf8: "another good secret")),
                roles: [], createMissingRoles: false, in: realm, by: .commandLine)
            guard case .added = added else { throw World.WorldFault.refused("\(added)") }
            for (name, other) in inhabitants where name != realm.name {
                let outcome = try await flows.signIn(
                    identifier: "rui", password: Secret(utf8: "another good secret"), in: other.realm,
                    from: World.source)
                guard case .refused(.invalidCredentials) = outcome else {
                    Issue.record("somebody of producer got into \(name)")
                    continue
                }
            }
        }
    }

    private static func path(_ template: String, _ value: String) -> String {
        template.split(separator: "/").map { $0.hasPrefix("{") ? value : String($0) }.reduce("") { "\($0)/\($1)" }
    }

    /// How a credential is shown.
    private enum Kind: String, CaseIterable {
        case bearer
        case apiKey = "API key"
        /// Under the name that the cookie has where it is shown.
        case cookie
        case refreshCookie = "refresh cookie"
        /// Under the name that it has at home.
        case namedCookie = "cookie of its own name"
        case refreshBody = "refresh token"

        func credential(of inhabitant: Inhabitant) -> String {
            switch self {
            case .bearer: inhabitant.bearer
            case .apiKey: inhabitant.apiKey
            case .cookie, .namedCookie: inhabitant.cookie
            case .refreshCookie, .refreshBody: inhabitant.refresh
            }
        }

        func fields(_ text: String, _ own: Inhabitant?, _ foreigner: Inhabitant) -> [(FieldName, String)] {
            switch self {
            case .bearer: [("Authorization", "Bearer \(text)")]
            case .apiKey: [("X-Service-Api-Key", text)]
            case .cookie: [("Cookie", "\(own?.realm.cookies.access ?? "x")=\(text)")]
            case .namedCookie: [("Cookie", "\(foreigner.realm.cookies.access)=\(text)")]
            case .refreshCookie: [("Cookie", "\(own?.realm.cookies.refresh ?? "x")=\(text)")]
            case .refreshBody: []
            }
        }
    }
}
