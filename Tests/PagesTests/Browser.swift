import Domain
import Flows
import HTTP
import Storage
import TestSupport
import Testing

@testable import Pages

/// A browser that keeps cookies per host, and follows nothing by itself. Every page it is shown is held against the
/// rules that all pages keep.
final class Browser {
    static let realmHost = "id.example.com"
    static let wikiHost = "wiki.example.com"

    static let rules: RealmRules = {
        var rules = RealmRules.standard
        rules.applications = ["wiki", "crm"].compactMap { name in
            Origin("https://\(name).example.com").map { Application(name: name, origin: $0) }
        }
        rules.allowedOrigins = [Origin("https://spa.example.org")].compactMap(\.self)
        return rules
    }()

    let world: World
    let routes: [PageRoute]
    var cookies: [String: [String: String]] = [:]
    var language: String?
    var userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    /// Other sites' pages that this realm's may lead to.
    var documents: Set<String> = []
    /// Every Set-Cookie that came, as it was written.
    var setCookies: [String] = []

    init(_ world: World) {
        self.world = world
        routes =
            HostedPages(
                world.useCases, now: { world.clock.now }, report: { world.reports.append($0) }
            ).routes
    }

    /// - Parameters:
    ///   - form: makes it a POST.
    ///   - origin: `nil` for what the page's own form would send; empty for none.
    @discardableResult
    func go(
        _ url: String, form: [(String, String)]? = nil, origin: String? = nil,
        fields: [(FieldName, String)] = []
    ) async throws -> Response {
        let rest = try #require(url.hasPrefix("https://") ? url.dropFirst(8) : nil, "\(url)")
        let host = String(rest.prefix { $0 != "/" })
        let target = String(rest.dropFirst(host.count))
        let method: HTTP.Method = form == nil ? .get : .post
        var headers = Headers()
        headers.add("User-Agent", userAgent)
        if let language { headers.add("Accept-Language", language) }
        if let jar = cookies[host], !jar.isEmpty {
            headers.add("Cookie", jar.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: "; "))
        }
        if form != nil {
            headers.add("Content-Type", "application/x-www-form-urlencoded")
            if origin != "" { headers.add("Origin", origin ?? "https://\(host)") }
        }
        for (name, value) in fields { headers.set(name, value) }
        let body = (form ?? []).map { "\($0)=\(Query.encoded($1))" }.joined(separator: "&")
        let request = try #require(
            Request(method: method, target: target, headers: headers, body: Array(body.utf8)), "\(target)")
        let application = world.realm.rules.applications.first { $0.origin.hostText == host }
        let scope: PageRoute.Scope = application == nil ? .realm : .application
        let route = routes.first { $0.method == method && $0.path == request.path && $0.scope == scope }
        let source = Source(address: "192.0.2.7", network: "192.0.2.0/24", userAgent: userAgent, requestID: "r")
        let response = try await #require(route, "no route for \(method.rawValue) \(url)").answer(
            PageRequest(request, realm: world.realm, application: application, source: source))
        keep(response, from: host)
        check(response, url)
        return response
    }

    /// Who the access cookie of a host speaks for.
    func person(on host: String, client: String) async throws -> Principal? {
        let cookie = cookies[host]?["__Host-default_access"] ?? ""
        let credentials = Credentials(cookie: Array(cookie.utf8)[...], client: client)
        switch try await world.useCases.authenticate(credentials, in: world.realm) {
        case .authenticated(let result): return result.principal
        case .refused: return nil
        }
    }

    private func keep(_ response: Response, from host: String) {
        for text in response.headers.values(of: "Set-Cookie") {
            setCookies.append(text)
            let pair = text.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let isRemoval = text.contains("Max-Age=0;")
            cookies[host, default: [:]][String(pair[0])] = isRemoval ? nil : String(pair[1])
        }
    }

    /// What every answer keeps.
    private func check(_ response: Response, _ url: String) {
        for text in response.headers.values(of: "Set-Cookie") {
            #expect(text.hasPrefix("__Host-") && text.contains("; Secure") && text.contains("; HttpOnly"), "\(text)")
            #expect(text.contains("; Path=/") && !text.lowercased().contains("domain="), "\(text)")
        }
        #expect(response.headers["X-Content-Type-Options"] == "nosniff")
        if ["text/css", "text/javascript"].contains(where: { response.headers["Content-Type"]?.hasPrefix($0) == true })
        {
            return
        }
        #expect(response.headers["Cache-Control"] == "no-store", "\(url)")
        let policy = response.headers["Content-Security-Policy"] ?? ""
        #expect(policy.hasPrefix("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "\(url)")
        guard !response.body.isEmpty else { return }
        #expect(policy.contains("form-action 'self'") && policy.contains("base-uri 'none'"))
        #expect(!policy.contains("unsafe") && !policy.contains("*"))
        let page = response.text
        // One script, on one page, and only where the policy lets it run.
        let scripts = page.matches(of: /<script[^>]*>/).map { String($0.0) }
        #expect(scripts == (page.contains("data-challenge=") ? ["<script src=\"\(WorkScript.template)\" defer>"] : []))
        #expect(policy.contains("script-src") == !scripts.isEmpty, "\(url)")
        #expect(!page.contains(" style=") && !page.contains("javascript:"))
        let foreign = page.matches(of: /(?:src|href|action)="((?!\/|#)[^"]*)"/).map { String($0.1) }
        #expect(foreign.allSatisfy(documents.contains), "\(url): \(page)")
    }
}

extension Response {
    var text: String { String(decoding: body, as: UTF8.self) }
    var location: String { headers["Location"] ?? "" }
}

/// A realm at `https://id.example.com` with one application on a host of its own.
func withBrowser(
    _ backend: Backend = .sqlite, rules: RealmRules? = nil,
    _ body: (Browser) async throws -> Void
) async throws {
    let realm = Realm(name: .standard, issuer: "https://\(Browser.realmHost)", rules: rules ?? Browser.rules)
    let clock = ManualClock(Backend.systemClock())
    let now: @Sendable () -> Timestamp = { clock.now }
    try await backend.withStore(now: now) { store in
        try await body(Browser(try await World.open(store, clock: clock, realm: realm)))
    }
}
