import Domain
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API
@testable import Flows

/// Every member of every body is given what an attacker would give it: SQL, and members that nobody described. Answers are
/// refusals or ordinary successes, never faults, and nothing of the database changes that was not asked for.
@Suite("Hostile input, on every field") struct HostileInputTests {
    private static let texts = [
        "'; DROP TABLE users; --", "\" OR \"\"=\"", "1 OR 1=1", "') UNION SELECT hash FROM passwords --",
        "%' AND '1'='1",
        "\\'; DELETE FROM roles; --", "$1", "{{7*7}}", "\u{0}", "../../etc/passwd", "\u{202E}admin",
        "x\r\nX-Injected: 1",
    ]

    /// What would raise somebody, if it were read.
    private static let surplus: [JSON.Member] = [
        JSON.Member("is_admin", true), JSON.Member("realm", "system"), JSON.Member("rank", 1_000),
        JSON.Member("roles", ["admin"]), JSON.Member("id", "01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"),
        JSON.Member("user_id", "01936f3e-8a2b-7c4d-9e5f-1a2b3c4d5e6f"), JSON.Member("version", 0),
        JSON.Member("__proto__", [:]), JSON.Member("email_verified", true), JSON.Member("is_active", true),
    ]

    private func request(_ route: Route, _ token: String, _ body: JSON) throws -> Request {
        var headers = Headers()
        headers.add("Origin", "http://127.0.0.1:8005")
        headers.add("Authorization", "Bearer \(token)")
        headers.add("Content-Type", "application/json")
        var request = try #require(
            Request(method: route.method, target: route.samplePath, headers: headers, body: Array(body.text.utf8)))
        // Another network each time would be another source; the throttles are not what is tried here.
        request.client = .ip(try #require(IPAddress("192.0.2.7")))
        request.id = "request-1"
        return request
    }

    private func ask(_ api: API, _ request: Request) async -> Response {
        if let now = api.answerNow(request) { now } else { await api.answer(request) }
    }

    /// The example with one member replaced, for each member that is a text.
    private func poisoned(_ members: [JSON.Member], with text: String) -> [JSON] {
        members.indices.compactMap { index in
            guard case .string = members[index].value else { return nil }
            var changed = members
            changed[index] = JSON.Member(members[index].name, .string(text))
            return .object(changed)
        }
    }

    private static func survives(_ route: Route) -> Bool {
        ![
            "/api/auth/logout", "/api/auth/logout-all", "/api/auth/deactivate", "/api/auth/delete-account",
            "/api/auth/change-password",
        ].contains(route.path)
    }

    @Test(arguments: Backend.available) func `SQL is a text like any other`(_ backend: Backend) async throws {
        try await withAPI(backend) { api in
            let token = try await administrator(api.world)
            let before = try await rows(api.world)
            for route in api.api.routes where route.scope == .realm && Self.survives(route) {
                guard case .json(let shape) = route.description.request, case .object(let members) = shape.example
                else {
                    continue
                }
                for text in Self.texts {
                    for body in poisoned(members, with: text) {
                        let answer = await ask(api.api, try request(route, token, body))
                        #expect(
                            answer.status < 500,
                            "\(route.method.rawValue) \(route.path) \(body.text.prefix(200)): \(answer.status)")
                    }
                }
            }
            let after = try await rows(api.world)
            #expect(after >= before)
            let present = try await api.world.useCases.realms.find(api.world.realm.name)
            #expect(present?.isEnabled == true)
        }
    }

    /// It is passed over. Asked by somebody who may do next to nothing and by an administrator: afterwards nobody is more
    /// than before, and nothing is where it was not asked for.
    @Test func `a member that is not described raises nobody`() async throws {
        try await withAPI { api in
            let world = api.world
            let admin = try await administrator(world)
            let maria = try await world.signUp("maria").accessToken
            let held = try await world.whoIs(maria).get().grants
            var asked = 0
            for token in [maria, admin] {
                for route in api.api.routes where route.scope == .realm && Self.survives(route) {
                    guard case .json(let shape) = route.description.request, !shape.isOpen,
                        case .object(let members) = shape.example
                    else { continue }
                    for extra in Self.surplus where !shape.names.contains(extra.name) {
                        let answer = await ask(api.api, try request(route, token, .object(members + [extra])))
                        #expect(answer.status < 500, "\(route.method.rawValue) \(route.path) with \(extra.name)")
                        asked += 1
                    }
                }
            }
            #expect(asked > 200)
            let isSame = try await world.whoIs(maria).get().grants == held
            #expect(isSame)
            let found = try await world.store.read { (reader) throws(StoreFault) in
                (
                    try reader.administratorCount(realm: .standard, besides: nil),
                    try reader.roles(realm: .standard).filter { $0.rank > 100 }.map(\.name),
                    try reader.users(
                        realm: .system, filter: UserFilter(), .byNumber, after: nil, window: 10, limit: 10
                    ).count
                )
            }
            // 100 is what the examples ask for.
            #expect(found.0 == 1 && found.1 == [Role.adminName] && found.2 == 0)
        }
    }

    private func administrator(_ world: World) async throws -> String {
        let token = try await world.signUp("ana").accessToken
        try await world.grant(role: Role.adminName, to: "ana")
        return token
    }

    /// How many users, roles and permissions there are: what the texts would have removed.
    private func rows(_ world: World) async throws -> Int {
        let name = world.realm.name
        return try await world.store.read { (reader) throws(StoreFault) in
            try reader.users(
                realm: name, filter: UserFilter(), .byNumber, after: nil, window: 10_000, limit: 10_000
            ).count
                + reader.roles(realm: name).count + reader.permissions(realm: name, resource: nil).count
        }
    }
}

extension SchemaDescription {
    /// Whether it takes members of any name.
    fileprivate var isOpen: Bool {
        switch self {
        case .anyObject, .anything: true
        case .named(_, let shape): shape.isOpen
        default: false
        }
    }

    fileprivate var names: Set<String> {
        switch self {
        case .object(let members): Set(members.map(\.name))
        case .named(_, let shape): shape.names
        default: []
        }
    }
}
