internal import HTTP
internal import Storage

extension Route {
    static let metricsPath = "/metrics"

    /// `GET /metrics`: what the server counts, for Prometheus. For operators only: to everybody else it does not exist.
    init(_ metrics: Observation.Metrics) {
        method = .get
        path = Self.metricsPath
        access = .operators
        bodyLimit = 4_096
        description = RouteDescription(
            sentence: "What the server counts, in the text format of Prometheus 0.0.4 or as OpenMetrics 1.0.",
            request: .nothing, status: 200,
            response: .text(characters: 0...Int.max, bytes: 0...Int.max, example: "aldrava_ready 1\n"),
            media: "text/plain", problems: [.notFound])
        answer = { (request, gate) throws(StoreFault) -> Response in
            if case .refused(let problem) = try await gate.check(.operators, request, route: Self.metricsPath) {
                return problem.response
            }
            let page = await metrics.page(request)
            var headers = Headers()
            headers.add("Content-Type", page.type)
            headers.add("Cache-Control", "no-store")
            headers.add("X-Content-Type-Options", "nosniff")
            return Response(status: 200, headers: headers, body: page.body)
        }
    }
}
