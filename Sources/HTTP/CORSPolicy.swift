/// Which pages of other origins may read answers (Fetch standard, "CORS protocol").
///
/// An allow-list of exact origins; no wildcards, because answers depend on credentials. The empty list allows none.
public struct CORSPolicy: Sendable {
    private let origins: Set<Origin>
    private let methods: [Method]
    private let requestFields: String
    private let exposedFields: String
    private let maxAge: Int
    private static let origin: FieldName = "Origin"

    /// - Parameters:
    ///   - methods: that a preflight allows.
    ///   - requestFields: names of fields that a page may send.
    ///   - exposedFields: names of fields of the answer that a page may read.
    ///   - maxAge: for how many seconds a browser may remember a preflight.
    public init(
        origins: Set<Origin>, methods: [Method], requestFields: [String], exposedFields: [String], maxAge: Int
    ) {
        self.origins = origins
        self.methods = methods
        self.requestFields = requestFields.joined(separator: ", ")
        self.exposedFields = exposedFields.joined(separator: ", ")
        self.maxAge = maxAge
    }

    public enum Decision: Sendable {
        /// Not from a page of another origin, or from one that is not listed: handle it, and add `Vary: Origin`.
        ///
        /// A browser keeps the answer from an unlisted page; that alone protects no state, so cookies have rules
        /// of their own.
        case ordinary
        /// From a listed page: handle it, and let ``CORSPolicy/apply(_:to:)`` name the origin in the answer.
        case allowed(Origin)
        /// A preflight: this is the whole answer, and no handler runs.
        case preflight(Response)
    }

    /// Decides from the method and the fields alone.
    public func decide(_ method: Method, _ headers: Headers) -> Decision {
        guard headers.contains(Self.origin) else { return .ordinary }
        let sent = headers.values(of: Self.origin)
        var origin: Origin?
        if sent.count == 1, let candidate = Origin(sent[0]), origins.contains(candidate) { origin = candidate }
        guard method == .options, headers.contains("Access-Control-Request-Method") else {
            return origin.map(Decision.allowed) ?? .ordinary
        }
        return .preflight(preflight(origin))
    }

    /// Adds what the answer needs so that browsers obey, also when they cache it.
    public func apply(_ decision: Decision, to response: inout Response) {
        switch decision {
        case .preflight: return
        case .ordinary: response.headers.add("Vary", "Origin")
        case .allowed(let origin):
            response.headers.add("Vary", "Origin")
            name(origin, in: &response.headers)
            if !exposedFields.isEmpty { response.headers.set("Access-Control-Expose-Headers", exposedFields) }
        }
    }

    /// 204 for a listed origin, 403 without permissions for any other.
    private func preflight(_ origin: Origin?) -> Response {
        var headers = Headers()
        headers.set("Vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers")
        guard let origin else { return Response(status: 403, headers: headers) }
        name(origin, in: &headers)
        headers.set("Access-Control-Allow-Methods", Method.allowValue(methods))
        if !requestFields.isEmpty { headers.set("Access-Control-Allow-Headers", requestFields) }
        headers.set("Access-Control-Max-Age", String(maxAge))
        return Response(status: 204, headers: headers)
    }

    private func name(_ origin: Origin, in headers: inout Headers) {
        headers.set("Access-Control-Allow-Origin", origin.description)
        headers.set("Access-Control-Allow-Credentials", "true")
    }
}
