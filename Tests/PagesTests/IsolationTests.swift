import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import Pages

/// Every page of the map is asked; one that is added is asked too.
@Suite struct IsolationTests {
    @Test func `a cookie of another realm is nobody's, on every page`() async throws {
        try await withBrowser { (browser: Browser) async throws in
            _ = try await browser.world.signUp()
            try await browser.go(try await HandoverTests.code(browser))
            let flows = browser.world.useCases
            // Nobody is to be slowed down by how often is asked here.
            let many = ["sign_in", "device", "network", "realm", "proof"].map { "\"\($0)_tries_per_hour\":1000000" }
            let defence = (many + ["\"mails_per_hour\":1000000"]).joined(separator: ",")
            let patch = try RealmPatch(
                JSON.parse(Array(#"{"transports":["cookie"],"defence":{\#(defence)}}"#.utf8)))
            guard case .done = try await flows.createRealm("buyer", setting: patch, by: .commandLine) else {
                Issue.record("no realm")
                return
            }
            let found = try await flows.realms.find(try #require(RealmName("buyer")))
            let buyer = try #require(found)
            let shop = Application(name: "wiki", origin: try #require(Origin("https://shop.example.com")))
            let jar = browser.cookies.values.flatMap(\.values)
            #expect(jar.count == 4)
            for route in browser.routes {
                let application = route.scope == .application ? shop : nil
                for value in jar {
                    for name in [buyer.cookies.access, buyer.cookies.refresh, "__Host-default_access"] {
                        let foreign = try await Self.ask(route, buyer, application, "\(name)=\(value)")
                        let nobody = String(value.dropLast(6)) + (value.hasSuffix("AAAAAA") ? "BBBBBB" : "AAAAAA")
                        let random = try await Self.ask(route, buyer, application, "\(name)=\(nobody)")
                        let what: Comment = "\(route.method.rawValue) \(route.path) with \(name)"
                        #expect(foreign.status == random.status && foreign.body == random.body, what)
                        #expect(Self.fields(foreign) == Self.fields(random), what)
                    }
                }
            }
            #expect(try await browser.go("\(LoginTests.id)/account").status == 200)
            #expect(try await HandoverTests.caller(browser) != nil)
        }
    }

    /// A ticket is another one each time.
    private static func fields(_ response: Response) -> [String] {
        response.headers.pairs.map { $0.value.replacing(/ticket=[A-Za-z0-9_-]+/, with: "ticket=") }
    }

    private static func ask(
        _ route: PageRoute, _ realm: Realm, _ application: Application?, _ cookie: String
    ) async throws -> Response {
        var headers = Headers()
        headers.add("Cookie", "\(cookie); __Host-aldrava_handover=\(String(repeating: "A", count: 43))")
        let origin = try #require(application?.origin ?? realm.origin)
        headers.add("Origin", "\(origin)")
        headers.add("Content-Type", "application/x-www-form-urlencoded")
        let form = "username_or_email=maria&password=wrong&session=01890000-0000-7000-8000-000000000000"
        let request = try #require(
            Request(method: route.method, target: route.path, headers: headers, body: Array(form.utf8)))
        return await route.answer(
            PageRequest(
                request, realm: realm, application: application,
                source: Source(address: "192.0.2.7", network: "192.0.2.0/24", userAgent: "x", requestID: "r")))
    }
}
