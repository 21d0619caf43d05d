internal import Concurrency
public import Domain
public import HTTP

/// One isolated population, as this process knows it.
///
/// A class, because every request carries one, and because its keys change while requests hold it. What the realm
/// decides does not change: where that was changed, another one takes this one's place in ``Realms``.
public final class Realm: Sendable {
    public let name: RealmName
    /// The canonical URL, without a trailing slash: the tokens' `iss` and `aud`. Never taken from a request.
    public let issuer: String
    /// Where that URL is: pages of this origin are the realm's own. `nil` where it is no URL.
    public let origin: HTTP.Origin?
    public let rules: RealmRules
    /// Whether it is reached on a host of its own, and under no path.
    public let hasOwnHost: Bool
    public let isEnabled: Bool
    public let cookies: CookieNames
    /// What pages of other origins may do; `nil` for nothing.
    public let cors: CORSPolicy?
    /// What signs and checks its tokens; `nil` until they were read.
    let keys: Lock<SigningKeys.Entry?>
    /// Seals what an event says of somebody who has no account.
    let nobody: Lock<SubjectKey?>

    public init(
        name: RealmName, issuer: String, rules: RealmRules = .standard, hasOwnHost: Bool = false,
        isEnabled: Bool = true, hasPlainCookies: Bool = false
    ) {
        self.name = name
        self.issuer = issuer
        self.rules = rules
        self.hasOwnHost = hasOwnHost
        self.isEnabled = isEnabled
        origin = Self.origin(of: issuer)
        cookies = CookieNames(name, isPlain: hasPlainCookies)
        cors = rules.allowedOrigins.isEmpty ? nil : .realm(rules)
        keys = Lock(nil)
        nobody = Lock(nil)
    }

    /// The same, with other rules.
    public func with(_ rules: RealmRules) -> Realm {
        Realm(
            name: name, issuer: issuer, rules: rules, hasOwnHost: hasOwnHost, isEnabled: isEnabled,
            hasPlainCookies: cookies.isPlain)
    }

    /// Scheme, host and port of a URL: what stands before its path.
    private static func origin(of url: String) -> HTTP.Origin? {
        let bytes = Array(url.utf8)
        var slashes = 0
        let end = bytes.firstIndex { byte in
            if byte == UInt8(ascii: "/") { slashes += 1 }
            return slashes == 3
        }
        return HTTP.Origin(String(decoding: bytes[..<(end ?? bytes.count)], as: UTF8.self))
    }
}

/// What a realm's cookies are called. Two realms on one host never share one.
public struct CookieNames: Sendable {
    public let access: String
    public let refresh: String
    /// Holds a ``DeviceMark``.
    public let device: String
    /// Without what ties a cookie to TLS and to its host: for a loopback address without TLS.
    public let isPlain: Bool

    /// `__Host-` makes browsers refuse what another host, or a page without TLS, sets (RFC 6265bis §4.1.3.2).
    init(_ realm: RealmName, isPlain: Bool) {
        let prefix = isPlain ? "" : "__Host-"
        access = "\(prefix)\(realm)_access"
        refresh = "\(prefix)\(realm)_refresh"
        device = "\(prefix)\(realm)_device"
        self.isPlain = isPlain
    }
}

extension CORSPolicy {
    /// What pages of the realm's listed origins need to use the API: its methods, and the fields it reads and answers.
    fileprivate static func realm(_ rules: RealmRules) -> CORSPolicy {
        CORSPolicy(
            origins: Set(rules.allowedOrigins), methods: rules.allowedMethods,
            requestFields: [
                "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "Last-Event-ID", "X-Request-Id",
            ],
            exposedFields: ["ETag", "Retry-After", "WWW-Authenticate", "X-Request-Id"], maxAge: 600)
    }
}
