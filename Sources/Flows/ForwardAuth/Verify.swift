public import Domain
public import HTTP

/// Judges a request that a proxy asks about before it lets it through to an application.
///
/// Who sent it is known by then. What is judged here is the *original* request: the one for the application, as the
/// proxy tells of it, and not the proxy's own question. It waits for nothing and changes nothing.
public struct Verify: Sendable {
    let assertions: Assertions

    /// What a route of the application demands; all of it must be held.
    public struct Demand: Hashable, Sendable {
        public var roles: [String]
        public var permissions: [Permission.Pair]

        public init(roles: [String] = [], permissions: [Permission.Pair] = []) {
            self.roles = roles
            self.permissions = permissions
        }
    }

    public enum Refusal: Hashable, Sendable {
        /// A cookie authenticates a request that may change something, and nothing proves which page it came from.
        case unproven(String)
        /// Somebody acts as the person, and may only look.
        case readOnly
        case role(String)
        case permission(Permission.Pair)
    }

    public enum Verdict: Sendable {
        case allowed(Headers)
        case forbidden(Refusal)
    }

    /// - Parameters:
    ///   - original: `nil` where no trusted proxy told of any.
    ///   - headers: of the proxy's question; they hold what the client sent.
    ///   - write: makes the answer of who it is and the assertion. The assertion is empty where the proxy did not say for
    ///     which application, or named one that the realm does not know: there is nobody whom it could be for.
    public func callAsFunction(
        _ result: AuthResult, demanding demand: Demand, for original: OriginalRequest?, _ headers: Headers,
        in realm: Realm, _ write: (AuthResult, String) -> Headers
    ) -> Verdict {
        if result.source == .session, !Self.changesNothing(original, headers),
            let missing = Self.missingProof(original, headers)
        {
            return .forbidden(.unproven(missing))
        }
        if result.principal?.impersonation?.mayWrite == false, !Self.changesNothing(original, headers) {
            return .forbidden(.readOnly)
        }
        for role in demand.roles where !result.grants.hasRole(role) { return .forbidden(.role(role)) }
        for pair in demand.permissions where !result.grants.hasPermission(pair.description) {
            return .forbidden(.permission(pair))
        }
        guard let original, let origin = original.origin, Self.knows(origin, realm),
            let answer = assertions.answer(result, for: origin, method: original.method, in: realm, write)
        else { return .allowed(write(result, "")) }
        return .allowed(answer)
    }

    private static let webSocketKey: FieldName = "Sec-WebSocket-Key"

    /// The opening of a WebSocket is a GET (RFC 6455 §4.1), and what is sent through it is never judged.
    private static func changesNothing(_ original: OriginalRequest?, _ headers: Headers) -> Bool {
        original?.isSafe == true && !headers.contains(webSocketKey)
    }

    /// What the original request lacks to be believed to come from a page of its own origin; `nil` for nothing.
    ///
    /// Pages of other origins that may call the realm's own API are not those that an application trusts.
    private static func missingProof(_ original: OriginalRequest?, _ headers: Headers) -> String? {
        guard let original else { return "no trusted proxy says which request is asked about" }
        guard let origin = original.origin else { return "the proxy does not say which scheme and host it is for" }
        return SameOriginProof(own: origin, allowed: []).judge(headers).sentence
    }

    /// The application that the original request is for, whose cookies count then; `nil` where it is for the realm's own
    /// host, or one that the realm does not know.
    public static func application(of original: OriginalRequest?, in realm: Realm) -> Application? {
        guard let origin = original?.origin else { return nil }
        return realm.rules.applications.first { $0.origin == origin }
    }

    private static func knows(_ origin: Origin, _ realm: Realm) -> Bool {
        origin == realm.origin || realm.rules.applications.contains { $0.origin == origin }
    }
}
