import Domain
import HTTP
import Standards
import TestSupport
import Testing

@testable import API
@testable import Flows

/// Every route is asked by every kind of caller, and must let in exactly those whom its place in the table says. What is
/// expected is said here once more, apart from the guard, and every route's guard stands in a file that a reviewer sees
/// change.
@Suite("Every route and every kind of caller") struct PrincipalMatrixTests {
    private enum Caller: Hashable, CustomStringConvertible {
        case nobody
        /// Somebody with the role that everybody gets.
        case member
        /// Somebody with a team's widest wildcard, which reaches nothing of administration.
        case everythingOfTheTeam
        case administrator
        /// A key that may only verify.
        case emptyKey
        /// Keys that hold one right of administration, or all but one.
        case keyWithOnly(AdminRight)
        case keyWithout(AdminRight)

        var description: String {
            switch self {
            case .nobody: "nobody"
            case .member: "a member"
            case .everythingOfTheTeam: "a member with *:*"
            case .administrator: "an administrator"
            case .emptyKey: "a key without permissions"
            case .keyWithOnly(let right): "a key with only \(right.rawValue)"
            case .keyWithout(let right): "a key with all but \(right.rawValue)"
            }
        }

        var isPerson: Bool {
            switch self {
            case .member, .everythingOfTheTeam, .administrator: true
            case .nobody, .emptyKey, .keyWithOnly, .keyWithout: false
            }
        }

        static let all: [Caller] =
            [.nobody, .member, .everythingOfTheTeam, .administrator, .emptyKey]
            + AdminRight.allCases.flatMap { [.keyWithOnly($0), .keyWithout($0)] }
    }

    /// What a guard answers; `nil` where it lets somebody pass, whatever the route says then.
    private static func expected(_ route: Route, _ caller: Caller) -> String? {
        switch route.access {
        case .open, .recognised, .operators: return nil
        case .proven: return caller == .nobody ? "authentication_required" : nil
        case .signedIn, .leaving:
            if caller == .nobody { return "authentication_required" }
            return caller.isPerson ? nil : "person_required"
        case .permission(let pair):
            if caller == .nobody { return "authentication_required" }
            let isAdministration = pair.resource.hasPrefix("aldrava.")
            let mayPass =
                switch caller {
                case .nobody, .member, .emptyKey: false
                case .everythingOfTheTeam: !isAdministration
                case .administrator: isAdministration
                case .keyWithOnly(let right): right.rawValue == "\(pair)"
                case .keyWithout(let right): isAdministration && right.rawValue != "\(pair)"
                }
            guard mayPass else { return "permission_required" }
            // What goes on and on watches over a session.
            return route.path.hasSuffix("/stream") && !caller.isPerson ? "person_required" : nil
        }
    }

    private static let guardCodes: Set<String> = [
        "authentication_required", "permission_required", "person_required", "same_origin_required",
    ]

    private static let password = "correct horse battery"

    private func credentials(in world: World) async throws -> [Caller: (FieldName, String)] {
        let flows = world.useCases
        func bearer(_ name: String) async throws -> (FieldName, String) {
            ("Authorization", "Bearer \(try await world.signUp(name).accessToken)")
        }
        var all: [Caller: (FieldName, String)] = [:]
        all[.member] = try await bearer("maria")
        all[.everythingOfTheTeam] = try await bearer("pedro")
        all[.administrator] = try await bearer("ana")
        try await world.grant(role: Role.adminName, to: "ana")
        // A second one, so that what the first is asked to do is refused by no rule about the last.
        _ = try await world.signUp("rita")
        try await world.grant(role: Role.adminName, to: "rita")
        _ = try await flows.createPermission(
            resource: "*", action: "*", name: nil, description: "", in: .standard, by: .commandLine)
        try await world.give("*:*", to: "pedro")
        func key(_ name: String, _ rights: [AdminRight]) async throws -> (FieldName, String) {
            let made = try await flows.createAPIKey(
                CreateAPIKey.Input(name: name, permissions: rights.map(\.rawValue), networks: [], expires: .never),
                in: .standard, by: .commandLine)
            guard case .created(let text, _) = made else { throw World.WorldFault.refused("\(made)") }
            return ("X-Service-Api-Key", text)
        }
        all[.emptyKey] = try await key("empty", [])
        for (index, right) in AdminRight.allCases.enumerated() {
            all[.keyWithOnly(right)] = try await key("only-\(index)", [right])
            all[.keyWithout(right)] = try await key("without-\(index)", AdminRight.allCases.filter { $0 != right })
        }
        return all
    }

    private func request(_ route: Route, _ credential: (FieldName, String)?) throws -> Request {
        var headers = Headers()
        headers.add("Origin", "http://127.0.0.1:8005")
        if let credential { headers.add(credential.0, credential.1) }
        var body: [UInt8] = []
        if case .json(let shape) = route.description.request {
            headers.add("Content-Type", "application/json")
            // What nothing takes: it is the guard that is asked, and nothing may happen behind it.
            body = Array((shape.isObject ? #"{"no such member":1}"# : "0").utf8)
        }
        var request = try #require(
            Request(method: route.method, target: route.samplePath, headers: headers, body: body))
        request.client = .ip(try #require(IPAddress("192.0.2.7")))
        request.id = "request-1"
        return request
    }

    @Test func `lets in exactly whom it says`() async throws {
        try await withAPI { api in
            let credentials = try await credentials(in: api.world)
            let routes = api.api.routes.filter { $0.scope == .realm && !Self.ends($0) }
            #expect(routes.count > 60)
            for route in routes {
                for caller in Caller.all {
                    let request = try request(route, credentials[caller])
                    let response =
                        if let now = api.api.answerNow(request) { now } else { await api.api.answer(request) }
                    let code = (try? JSON.parse(response.body))?["code"]?.string ?? ""
                    let refusal = Self.guardCodes.contains(code) ? code : nil
                    let what: Comment =
                        "\(route.method.rawValue) \(route.path) for \(caller): \(response.status) \(code)"
                    // A route for everybody who is proven judges by itself what they may do.
                    if route.access == .proven, refusal == "permission_required" { continue }
                    #expect(refusal == Self.expected(route, caller), what)
                    #expect(response.status < 500, what)
                }
            }
        }
    }

    /// Whether the caller's own credential would be gone afterwards; the guard of these is one of the others' too.
    private static func ends(_ route: Route) -> Bool {
        ["/api/auth/logout", "/api/auth/logout-all"].contains(route.path)
            || (route.path == "/api/auth/sessions" && route.method == .delete)
            || (route.path.hasPrefix("/api/admin/users/{id}") && route.method == .delete)
    }

    @Test func `every route of administration asks for a right of its own kind`() async throws {
        try await withAPI { api in
            for route in api.api.routes {
                guard case .permission(let pair) = route.access else {
                    let isAdministration =
                        route.path.contains("/admin/") || route.path.hasPrefix("/api/system/realms")
                        || (route.path.contains("/audit/") && !route.path.hasSuffix("/events"))
                    #expect(
                        !isAdministration || (route.access == .proven && Self.judgeThemselves(route.path)),
                        "\(route.method.rawValue) \(route.path) has no right")
                    continue
                }
                let isChange = ![.get, .head, .options].contains(route.method)
                if isChange, AdminRight.isResource(pair.resource) {
                    #expect(
                        pair.action != "read" || Self.onlyAsks(route.path),
                        "\(route.method.rawValue) \(route.path) changes something and asks for \(pair)")
                }
            }
        }
    }

    /// Routes that several kinds of caller may use, each as far as it may.
    private static func judgeThemselves(_ path: String) -> Bool {
        ["/profile", "/find-user", "/commands"].contains { path.hasSuffix($0) }
    }

    /// A POST that changes nothing, because the question does not fit into a path; or whose items each ask for the right
    /// of what they do.
    private static func onlyAsks(_ path: String) -> Bool {
        ["/explain", "/check", "/find-user", "/users/bulk"].contains { path.hasSuffix($0) }
    }

    @Test func `the guards are those that were reviewed`() async throws {
        try await withAPI { api in
            let lines = api.api.routes.map { route -> String in
                let rule =
                    switch route.access {
                    case .open: "open"
                    case .recognised: "open, and knows who is proven"
                    case .proven: "whoever is proven"
                    case .leaving: "whoever leaves"
                    case .signedIn: "a person"
                    case .permission(let pair): "\(pair)"
                    case .operators: "operators"
                    }
                return "\(route.method.rawValue) \(route.path): \(rule)"
            }
            #expect(Golden.difference(lines.joined(separator: "\n") + "\n", "guards") == nil)
        }
    }
}

extension SchemaDescription {
    fileprivate var isObject: Bool {
        switch self {
        case .object, .anyObject: true
        case .named(_, let shape): shape.isObject
        default: false
        }
    }
}
