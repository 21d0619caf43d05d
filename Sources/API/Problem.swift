internal import Domain
public import Flows

/// An error as a client sees it. `status`, `code` and `message` are public contract.
///
/// `message` is the member `error`, for people; `code` stands beside it for programs and never changes.
public struct Problem: Sendable {
    public let status: Int
    public let code: String
    public let message: String
    /// What is wrong with which field; written as `details`, grouped by field, when there is any.
    public let details: [FieldProblem]
    /// When to try again (RFC 9110 §10.2.3).
    public let retryAfter: Duration?
    /// The value of `WWW-Authenticate`; every 401 has one (RFC 9110 §15.5.2).
    public let challenge: String?
    /// Whether the answer may take the session's cookies away.
    public let removesCookies: Bool
    /// Where to go instead (RFC 9110 §10.2.2).
    let location: String?
    /// Whom it is told, where that is known, for logs.
    var caller: Principal?

    public init(
        status: Int, code: String, message: String, details: [FieldProblem] = [], retryAfter: Duration? = nil,
        challenge: String? = nil, removesCookies: Bool = false, location: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.details = details
        self.retryAfter = retryAfter
        self.removesCookies = removesCookies
        self.location = location
        self.challenge = challenge ?? (status == 401 ? "Bearer" : nil)
    }
}

/// An error that an endpoint can answer with, as a closed set: what is not a case cannot be sent.
public protocol ClientError: Sendable, CaseIterable {
    var problem: Problem { get }
}

/// For an endpoint that refuses nothing by itself.
public enum NoRefusal: ClientError {
    public var problem: Problem { switch self {} }
}

extension Problem {
    /// `error` is told only to who presented a token (RFC 6750 §3.1).
    static func authenticationRequired(tokenWasPresented: Bool) -> Problem {
        Problem(
            status: 401, code: "authentication_required", message: "Authentication required",
            challenge: tokenWasPresented ? "Bearer error=\"invalid_token\"" : "Bearer")
    }

    static func roleRequired(_ role: String) -> Problem {
        Problem(status: 403, code: "role_required", message: "Role '\(role)' required")
    }

    /// A program called what only people may call.
    static let personRequired = Problem(
        status: 403, code: "person_required", message: "Only for people, not for API keys")

    static func permissionRequired(_ pair: Permission.Pair) -> Problem {
        Problem(status: 403, code: "permission_required", message: "Permission '\(pair)' required")
    }

    static func validation(_ problems: [FieldProblem]) -> Problem {
        Problem(status: 400, code: "validation_error", message: "Validation error", details: problems)
    }

    static func busy(retryAfter: Duration) -> Problem {
        Problem(status: 503, code: "busy", message: "Too busy, try again later", retryAfter: retryAfter)
    }

    /// The same for names that somebody has and that nobody has.
    static func tooManyRequests(retryAfter: Duration) -> Problem {
        Problem(
            status: 429, code: "too_many_requests", message: "Too many tries, try again later", retryAfter: retryAfter)
    }

    static let misdirected = Problem(
        status: 421, code: "misdirected_request",
        message: "Nothing is served under this host name; a proxy in front must pass on the name that clients use")
    static let malformedJSON = Problem(status: 400, code: "malformed_json", message: "Malformed JSON")
    static let malformedQuery = Problem(status: 400, code: "malformed_query", message: "Malformed query")
    static let originNotAllowed = Problem(
        status: 403, code: "origin_not_allowed", message: "Pages of this origin may not call this server")
    static let notFound = Problem(status: 404, code: "not_found", message: "Not found")
    static let methodNotAllowed = Problem(status: 405, code: "method_not_allowed", message: "Method not allowed")
    static let contentTooLarge = Problem(status: 413, code: "content_too_large", message: "Content too large")
    static let unsupportedMediaType = Problem(
        status: 415, code: "unsupported_media_type", message: "Content-Type must be application/json")
    /// A mistake of ours; operators find the reason in the system log by the request's id.
    static let serverError = Problem(status: 500, code: "server_error", message: "Server error")
    static let temporarilyUnavailable = Problem(
        status: 503, code: "temporarily_unavailable", message: "Temporarily unavailable", retryAfter: .seconds(1))
}
