import Concurrency
import Domain
import Flows
import HTTP
import Standards
import Storage
import TestSupport
import Testing

@testable import API

@Suite("What operators see") struct ObservationTests {
    private static let token = "a-token-of-thirty-two-characters"

    private func request(
        _ target: String = "/metrics", _ method: Method = .get, from client: ClientAddress,
        host: String? = "127.0.0.1:8005",
        fields: [(FieldName, String)] = []
    ) throws -> Request {
        var headers = Headers()
        if let host { headers.add("Host", host) }
        for (name, value) in fields { headers.add(name, value) }
        var request = try #require(Request(method: method, target: target, headers: headers))
        request.client = client
        return request
    }

    private func address(_ text: String) throws -> ClientAddress { .ip(try #require(IPAddress(text))) }

    private func readers(local: Bool = true, proxies: [String] = [], isToken: Bool = false) throws -> MetricsReaders {
        let blocks = try proxies.map { try #require(AddressBlock($0)) }
        let isRight: @Sendable (String) -> Bool = { $0 == Self.token }
        return MetricsReaders(
            admitsLocal: local, proxies: TrustedProxies(blocks: blocks, trustsLocal: false),
            isToken: isToken ? isRight : nil)
    }

    @Test(arguments: ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
    func `a program on this machine reads the metrics`(_ client: String) throws {
        for host in ["127.0.0.1:8005", "localhost", "[::1]:8005"] {
            #expect(try readers().judge(request(from: address(client), host: host)) == .admitted)
        }
        #expect(try readers().judge(request(from: .local)) == .admitted)
    }

    @Test(arguments: ["192.0.2.7", "10.0.0.1", "::2", "2001:db8::1", "::ffff:192.0.2.7", "128.0.0.1"])
    func `a program elsewhere does not`(_ client: String) throws {
        #expect(try readers().judge(request(from: address(client))) == .stranger)
    }

    @Test(
        arguments: [
            "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP", "Via",
            "CF-Connecting-IP",
        ]) func `what a proxy wrote on is never local`(_ name: String) throws
    {
        let field = (try #require(FieldName(name)), "127.0.0.1")
        for client in [try address("127.0.0.1"), .local] {
            #expect(try readers().judge(request(from: client, fields: [field])) == .stranger)
        }
    }

    @Test func `a proxy on the list is never local, whatever it leaves out`() throws {
        let listed = try readers(proxies: ["127.0.0.0/8"])
        #expect(try listed.judge(request(from: address("127.0.0.1"))) == .stranger)
        let socket = MetricsReaders(
            admitsLocal: true, proxies: TrustedProxies(blocks: [], trustsLocal: true), isToken: nil)
        #expect(try socket.judge(request(from: .local)) == .stranger)
    }

    @Test(arguments: ["id.example.com", "evil.example:8005", "127.0.0.1.example.com", "localhost.example.com", nil])
    func `a request for another host is not for this machine`(_ host: String?) throws {
        #expect(try readers().judge(request(from: address("127.0.0.1"), host: host)) == .stranger)
    }

    @Test func `what nginx passes on without being told more is not local`() throws {
        for (version, verdict) in [("1.0", MetricsReaders.Verdict.stranger), ("1.1", .admitted)] {
            var parser = RequestParser(limits: .standard)
            let head = "GET /metrics HTTP/\(version)\r\nHost: 127.0.0.1:8005\r\nConnection: close\r\n\r\n"
            parser.append(Array(head.utf8))
            guard case .request(var request) = parser.next() else {
                Issue.record("no request")
                return
            }
            request.client = try address("127.0.0.1")
            #expect(try readers().judge(request) == verdict)
        }
    }

    @Test func `where a proxy stands in front nobody is local`() throws {
        #expect(try readers(local: false).judge(request(from: address("127.0.0.1"))) == .stranger)
    }

    @Test func `the token admits from anywhere, and a wrong one nobody`() throws {
        let far = try address("192.0.2.7")
        let readers = try readers(local: false, isToken: true)
        let right: (FieldName, String) = ("Authorization", "Bearer \(Self.token)")
        #expect(try readers.judge(request(from: far, fields: [right])) == .admitted)
        for wrong in ["Bearer \(Self.token)x", "Bearer x", "Bearer \(Self.token.dropLast())"] {
            #expect(try readers.judge(request(from: far, fields: [("Authorization", wrong)])) == .wrongToken)
        }
        for other in ["Basic \(Self.token)", Self.token, "Bearer "] {
            #expect(try readers.judge(request(from: far, fields: [("Authorization", other)])) == .stranger)
        }
        let local = try self.readers(isToken: true)
        let here = try address("127.0.0.1")
        #expect(try local.judge(request(from: here)) == .admitted)
        #expect(try local.judge(request(from: here, fields: [("Authorization", "Bearer x")])) == .wrongToken)
    }

    private func withObserved(
        _ observation: Observation, _ body: (API, World) async throws -> Void
    ) async throws {
        try await withAPI(origins: [try #require(Origin("https://app.example"))]) { conversation in
            let world = conversation.world
            let api = try API(
                world.useCases, version: "1.2.3", files: [], observation: observation,
                report: { world.reports.append($0) })
            try await body(api, world)
        }
    }

    private func metrics(_ readers: MetricsReaders) -> Observation {
        Observation(metrics: Observation.Metrics(readers: readers) { _ in ("text/plain; version=0.0.4", [0x78]) })
    }

    @Test func `to others the metrics are a path that does not exist, in every method`() async throws {
        try await withObserved(metrics(try readers(isToken: true))) { api, world in
            let nowhere = await api.answer(try request("/nowhere", from: try address("192.0.2.7")))
            for method in Method.allCases {
                let response = await api.answer(try request(method, from: try address("192.0.2.7")))
                #expect(response.status == 404 && response.body == nowhere.body, "\(method)")
                #expect(response.headers["Allow"] == nil)
            }
            let guess: (FieldName, String) = ("Authorization", "Bearer guessed")
            let guessed = await api.answer(try request(from: try address("192.0.2.7"), fields: [guess]))
            #expect(guessed.status == 404 && guessed.body == nowhere.body)
            #expect(guessed.headers["WWW-Authenticate"] == nil)
            #expect(world.useCases.statistics.refusals.map(\.reason) == ["bad_metrics_token"])

            let admitted = await api.answer(try request(from: .local))
            #expect(admitted.status == 200 && admitted.body == [0x78])
            #expect(admitted.headers["Content-Type"] == "text/plain; version=0.0.4")
            #expect(admitted.headers["Cache-Control"] == "no-store")
            let posted = await api.answer(try request(.post, from: .local))
            #expect(posted.status == 405)
        }
    }

    private func request(_ method: Method, from client: ClientAddress) throws -> Request {
        try request("/metrics", method, from: client)
    }

    @Test func `off is off for everybody`() async throws {
        try await withObserved(Observation()) { api, _ in
            let refused = await api.answer(try request(from: .local))
            #expect(refused.status == 404)
            #expect(!api.routes.contains { $0.path == "/metrics" })
        }
    }

    @Test func `a request is counted by its route's template, and a stranger adds no row`() async throws {
        try await withObserved(Observation()) { api, _ in
            let rows = api.metrics.labels.count
            for path in ["/health", "/health", "/a", "/b?c=d", "/api/auth/me", "/%68ealth", "/../x"] {
                _ = await api.answer(try request(path, from: .local))
            }
            _ = await api.answer(try request("/health", .head, from: .local))
            _ = await api.answer(try request("/health", .delete, from: .local))
            _ = await api.answer(
                try request(
                    "/api/auth/me", .options, from: .local,
                    fields: [("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET")]))
            let counts = api.metrics.counts.map {
                "\($0.label.method) \($0.label.route) \($0.status) \($0.count)"
            }
            #expect(
                Set(counts) == [
                    "GET /health 200 3", "HEAD /health 200 1", "GET /api/auth/me 401 1", "GET unmatched 404 3",
                    "DELETE unmatched 405 1", "OPTIONS preflight 204 1",
                ])
            #expect(api.metrics.latencies.reduce(0) { $0 + $1.1.total } == 10)
            #expect(api.metrics.labels.count == rows)
        }
    }

    @Test func `every status this API can answer has a column of its own`() async throws {
        try await withAPI { conversation in
            for route in conversation.api.routes {
                #expect(RequestMetrics.statuses.contains(route.description.status))
                for problem in route.description.problems { #expect(RequestMetrics.statuses.contains(problem.status)) }
            }
        }
        let metrics = RequestMetrics([], lanes: 1)
        for status in [-1, 0, 299, 599, 600, 70_000] { metrics.note(row: 0, status: status, nanoseconds: 1) }
        #expect(metrics.counts.map(\.status) == ["other"] && metrics.counts.map(\.count) == [6])
    }

    private final class Remembered: RequestLog {
        let entries = Lock<[(String?, String?, Int, UInt64)]>([])
        func note(
            _ request: Request, _ response: Response, realm: RealmName, row: Int, nanoseconds: UInt64,
            end: MonotonicTime
        ) {
            let user = (response.caller as? Principal)?.user.username
            entries.withLock { $0.append((user, response.code, row, nanoseconds)) }
        }
    }

    @Test func `the log hears who was proven to ask and which problem was answered`() async throws {
        try await withObserved(Observation()) { api, world in
            let log = Remembered()
            let api = api.logging(to: log)
            let token = try await world.signUp().accessToken
            let bearer: (FieldName, String) = ("Authorization", "Bearer \(token)")
            _ = await api.answer(try request("/api/auth/me", from: .local, fields: [bearer]))
            _ = await api.answer(try request("/api/audit/logs", from: .local, fields: [bearer]))
            _ = await api.answer(try request("/api/auth/me", from: .local))
            _ = await api.answer(try request("/nowhere", from: .local))
            let entries = log.entries.withLock { $0 }
            #expect(entries.map(\.0) == ["maria", "maria", nil, nil])
            #expect(entries.map(\.1) == [nil, "permission_required", "authentication_required", "not_found"])
            #expect(
                entries.map { api.metrics.labels[$0.2].route } == [
                    "/api/auth/me", "/api/audit/logs", "/api/auth/me", "unmatched",
                ])
        }
    }

    @Test func `ready names the checks that failed and nothing else`() async throws {
        let failed = Lock<[String]>([])
        try await withObserved(Observation(failedChecks: { failed.withLock { $0 } })) { api, _ in
            let good = await api.answer(try request("/ready", from: .local))
            #expect(good.status == 200 && String(decoding: good.body, as: UTF8.self) == #"{"status":"ready"}"#)
            failed.withLock { $0 = ["database", "clock"] }
            let bad = await api.answer(try request("/ready", from: .local))
            #expect(bad.status == 503 && bad.headers["Retry-After"] == "1")
            #expect(
                String(decoding: bad.body, as: UTF8.self)
                    == #"{"error":"Not ready","code":"not_ready","details":{"checks":["database","clock"]}}"#)
            let health = await api.answer(try request("/health", from: .local))
            #expect(health.status == 200)
        }
    }

    @Test(arguments: [true, false])
    func `why a token was refused is said where that was asked for, and never the token`(_ isAsked: Bool) async throws {
        try await withObserved(Observation(explainsRefusals: isAsked)) { api, world in
            var forged = Array(try await world.signUp().accessToken.utf8)
            forged[forged.count - 3] =
                forged[forged.count - 3] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let text = String(decoding: forged, as: UTF8.self)
            var request = try request("/api/auth/me", from: .local, fields: [("Authorization", "Bearer \(text)")])
            request.id = "request-9"
            request.trace = TraceContext(high: 1, low: 2, span: 3)
            #expect(await api.answer(request).status == 401)
            let said = world.reports.all.filter { $0.severity == .debug }
            #expect(said.map(\.did) == (isAsked ? ["access_token_refused", "refused"] : []))
            #expect(said.allSatisfy { $0.request == "request-9" && $0.trace == "00000000000000010000000000000002" })
            if isAsked { #expect(said[0].detail.contains("badSignature")) }
            let parts = text.split(separator: ".")
            #expect(said.allSatisfy { event in !parts.contains { event.detail.contains($0) } })
        }
    }
}
