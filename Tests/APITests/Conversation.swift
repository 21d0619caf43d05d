import Concurrency
import Domain
import Flows
import HTTP
import Pages
import Standards
import Storage
import TestSupport
import Testing

@testable import API

/// One client talking to the API. Everything is written down, with what differs from run to run masked, and every
/// answer is held against the description of its route.
final class Conversation: Sendable {
    let api: API
    let world: World
    private let text = Lock("")

    init(_ world: World, routes: [Route]? = nil) throws {
        self.world = world
        let report: @Sendable (SystemEvent) -> Void = { world.reports.append($0) }
        if let routes {
            api = try API(world.useCases, routes: routes, report: report)
        } else {
            api = try API(
                world.useCases, version: "1.2.3", files: DocsPage.files,
                report: report)
        }
    }

    var transcript: String { text.withLock { $0 } }

    /// Sends one request and returns the answer; `title` says in the transcript what it shows.
    @discardableResult
    func send(
        _ title: String, _ method: Method, _ target: String, _ body: String? = nil, token: String? = nil,
        fields: [(FieldName, String)] = [], isFromProxy: Bool = false
    ) async throws -> Response {
        var headers = Headers()
        if let token { headers.add("Authorization", "Bearer \(token)") }
        if body != nil && !fields.contains(where: { $0.0.text == "Content-Type" }) {
            headers.add("Content-Type", "application/json")
        }
        for (name, value) in fields { headers.add(name, value) }
        var request = try #require(
            Request(method: method, target: target, headers: headers, body: Array((body ?? "").utf8)))
        request.client = .ip(try #require(IPAddress("192.0.2.7")))
        request.id = "request-1"
        request.isFromProxy = isFromProxy
        // As the server does.
        let response = if let now = api.answerNow(request) { now } else { await api.answer(request) }
        let entry = Self.entry(title, request, response)
        text.withLock { $0 += entry }
        check(request, response)
        return response
    }

    /// The member of a JSON answer.
    func member(_ name: String, of response: Response) throws -> String {
        try #require(JSON.parse(response.body)[name]?.string)
    }

    /// A session's two cookies, as an answer set them; the third is the device's mark.
    func cookies(of response: Response) throws -> Jar {
        let pairs = response.headers.values(of: "Set-Cookie").map { $0.prefix { $0 != ";" } }
        return Jar(
            access: String(try #require(pairs.first { $0.contains("_access=") })),
            refresh: String(try #require(pairs.first { $0.contains("_refresh=") })))
    }

    struct Jar: Sendable {
        let access: String
        let refresh: String

        var both: (FieldName, String) { ("Cookie", "theme=dark; \(access); \(refresh)") }
        var accessOnly: (FieldName, String) { ("Cookie", access) }
        var refreshOnly: (FieldName, String) { ("Cookie", refresh) }
    }

    /// What a browser says of a page of the server's own.
    static let own: (FieldName, String) = ("Origin", "http://127.0.0.1:8005")

    /// Signs maria in as a browser does.
    func browser(
        _ title: String = "Signed in, with cookies", at path: String = "/api/auth/login", name: String = "maria"
    ) async throws -> Jar {
        let answer = try await send(
            title, .post, path,
            #"{"username_or_email":"\#(name)","password":"correct horse battery","transport":"cookie"}"#,
            fields: [Self.own]
        )
        #expect(answer.status == 200)
        return try cookies(of: answer)
    }

    // MARK: What every answer keeps

    private func check(_ request: Request, _ response: Response) {
        let what: Comment = "\(request.method.rawValue) \(request.target): \(response.status)"
        #expect(response.headers["X-Content-Type-Options"] == "nosniff" || response.status == 204, what)
        #expect(!(500...502).contains(response.status), what)
        if response.status == 401 { #expect(response.headers["WWW-Authenticate"] != nil, what) }
        if response.status >= 400 { #expect(response.headers["Cache-Control"] == "no-store", what) }
        guard let route = api.routes.first(where: { $0.method == request.method && $0.fits(request.path) }) else {
            return
        }
        let described = route.description
        let known = (described.responseFields + described.problemFields).map(\.name) + ["Content-Type", "Vary"]
        for (name, _) in response.headers.pairs where !name.hasPrefix("Access-Control-") {
            #expect(known.contains(name), "\(what): \(name) is not described")
        }
        if response.status == 304 {
            #expect(described.isRevalidated, what)
            return
        }
        if response.status == described.status { #expect(response.headers["Content-Type"] == described.media, what) }
        if response.stream != nil { return }
        // Text of another type is not looked into, and neither is what is compressed.
        guard let body = try? JSON.parse(response.body, limits: JSON.Limits(bytes: 4 << 20)) else {
            let isText = response.status == described.status && described.media != "application/json"
            #expect(isText || response.headers.contains("Content-Encoding"), what)
            return
        }
        if response.status == route.description.status {
            #expect(route.description.response.mismatch(body) == nil, what)
        } else {
            let code = body["code"]?.string
            #expect(route.operation.problems.contains { $0.status == response.status && $0.code == code }, what)
        }
    }

    // MARK: Writing down

    private static func entry(_ title: String, _ request: Request, _ response: Response) -> String {
        var text = "### \(title)\n\(request.method.rawValue) \(Mask.target(request.target))\n"
        for (name, value) in request.headers.pairs { text += "\(name): \(Mask.field(name, value))\n" }
        text += "\n"
        if !request.body.isEmpty { text += Mask.body(request.body) + "\n\n" }
        text += "--- \(response.status)\n"
        for (name, value) in response.headers.pairs { text += "\(name): \(Mask.field(name, value))\n" }
        text += "\n"
        if !response.body.isEmpty { text += Mask.body(response.body) + "\n\n" }
        return text
    }
}

extension Route {
    /// A path that leads here: each part that the template leaves open is the example of its description.
    var samplePath: String {
        segments.map { segment in
            guard let name = Self.name(segment) else { return segment }
            return description.path.first { $0.name == name }?.shape.example.string ?? "x"
        }.reduce("") { "\($0)/\($1)" }
    }

    func fits(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        return parts.count == segments.count
            && zip(segments, parts).allSatisfy { Self.name($0) != nil || $0.utf8.elementsEqual($1.utf8) }
    }

    private var segments: [String] {
        path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    }

    private static func name(_ segment: String) -> String? {
        segment.hasPrefix("{") ? String(segment.dropFirst().dropLast()) : nil
    }
}

/// Replaces what differs from run to run: tokens, ids, times, keys.
enum Mask {
    static func field(_ name: String, _ value: String) -> String {
        if name == "ETag" || name == "If-None-Match" { return "<tag>" }
        if name == "X-Service-Api-Key", value.hasPrefix("aldrava_") { return "<key>" }
        if name == "Cookie" || name == "Set-Cookie" { return cookies(value) }
        if name == "Authorization", value.utf8.count > 100 { return "\(value.prefix { $0 != " " }) <jwt>" }
        if name == "X-Auth-Assertion", !value.isEmpty { return "<jwt>" }
        if name == "X-Auth-User-Number", !value.isEmpty { return "<number>" }
        if ID<Event>(value) != nil { return "<id>" }
        return value
    }

    /// Their values, and a life that the database's clock decides.
    private static func cookies(_ text: String) -> String {
        text.split(separator: "; ", omittingEmptySubsequences: false).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = parts.first else { return String(pair) }
            if name.hasSuffix("_device"), !parts[1].isEmpty { return "\(name)=<device mark>" }
            if name == "Max-Age", parts[1].utf8.count > 6 { return "\(name)=<rest>" }
            switch parts[1].utf8.count {
            case 90: return "\(name)=<access cookie>"
            case 58: return "\(name)=<refresh token>"
            default: return String(pair)
            }
        }.joined(separator: "; ")
    }

    /// The cursor of a page is the last parameter where there is one.
    static func target(_ whole: String) -> String {
        let text = whole.split(separator: "/", omittingEmptySubsequences: false)
            .map { ID<Event>(String($0)) == nil ? String($0) : "<id>" }.joined(separator: "/")
        let pair = text.split(separator: "after=", maxSplits: 1)
        if pair.count == 2, ID<Session>(String(pair[1])) != nil { return "\(pair[0])after=<id>" }
        let parts = text.split(separator: "before=", maxSplits: 1)
        return parts.count == 2 && parts[1].utf8.count == 22 ? "\(parts[0])before=<next>" : text
    }

    static func body(_ bytes: [UInt8]) -> String {
        guard let json = try? JSON.parse(bytes) else { return String(decoding: bytes, as: UTF8.self) }
        return masked(json, name: "").text
    }

    private static let byName = ["refresh_token", "kid", "x", "y", "next", "latency_ms", "schema_version"]

    private static func masked(_ json: JSON, name: String) -> JSON {
        switch json {
        case .object(let members):
            return .object(members.map { JSON.Member($0.name, masked($0.value, name: $0.name)) })
        case .array(let elements): return .array(elements.map { masked($0, name: name) })
        case .string(let text):
            if ID<Event>(text) != nil { return .string("<id>") }
            if byName.contains(name), text.utf8.count > 16 { return .string("<\(name)>") }
            if Timestamp(iso8601: text) != nil { return .string("<time>") }
            if text.hasPrefix("eyJ") { return .string("<jwt>") }
            if text.hasPrefix("aldrava_") { return .string("<key>") }
            return json
        case .integer: return byName.contains(name) ? .string("<\(name)>") : json
        case .null, .bool, .number: return json
        }
    }
}

extension RouteDescription {
    /// The fields that its refusals have.
    fileprivate var problemFields: [SchemaDescription.Member] {
        problems.flatMap { SchemaDescription.Member.describing($0.response.headers) }
    }
}

extension SchemaDescription {
    /// Where a value differs from its description; `nil` when it fits.
    func mismatch(_ json: JSON, at path: String = "") -> String? {
        switch (self, json) {
        case (.text(let characters, let bytes, _), .string(let text)):
            let fits = characters.contains(text.unicodeScalars.count) && bytes.contains(text.utf8.count)
            return fits ? nil : "\(path): length"
        case (.pattern, .string), (.boolean, .bool), (.anyObject, .object), (.anything, _): return nil
        case (.named(_, let shape), _): return shape.mismatch(json, at: path)
        case (.integer(let range, _), .integer(let value)): return range.contains(value) ? nil : "\(path): range"
        case (.timestamp, .string(let text)): return Timestamp(iso8601: text) == nil ? "\(path): time" : nil
        case (.identifier, .string(let text)): return ID<User>(text) == nil ? "\(path): id" : nil
        case (.choice(let words), .string(let text)): return words.contains(text) ? nil : "\(path): word"
        case (.nullable, .null): return nil
        case (.nullable(let wrapped), _): return wrapped.mismatch(json, at: path)
        case (.array(let element, let count), .array(let elements)):
            guard count.contains(elements.count) else { return "\(path): count" }
            return elements.lazy.compactMap { element.mismatch($0, at: "\(path)[]") }.first
        case (.object(let described), .object(let members)):
            for member in members where !described.contains(where: { $0.name == member.name }) {
                return "\(path).\(member.name): not described"
            }
            for field in described {
                guard let value = json[field.name] else {
                    if field.isRequired { return "\(path).\(field.name): missing" }
                    continue
                }
                if let mismatch = field.shape.mismatch(value, at: "\(path).\(field.name)") { return mismatch }
            }
            return nil
        default: return "\(path): type"
        }
    }
}

/// The rules of a realm that decides something itself.
func ruling(_ change: (inout RealmRules) -> Void) -> RealmRules {
    var rules = World.settings().rules
    change(&rules)
    return rules
}

/// Opens a fresh database, and a conversation with the API on it.
func withAPI(
    _ backend: Backend = .sqlite, routes: [Route]? = nil, origins: [HTTP.Origin] = [],
    rules: RealmRules = World.settings().rules, _ body: (Conversation) async throws -> Void
) async throws {
    let clock = ManualClock(Backend.systemClock())
    let now: @Sendable () -> Timestamp = { clock.now }
    try await backend.withStore(now: now) { store in
        var rules = rules
        rules.allowedOrigins = origins
        let world = try await World.open(store, clock: clock, realm: World.settings().with(rules))
        try await body(Conversation(world, routes: routes))
    }
}
