internal import Concurrency
internal import HTTP
internal import Standards
internal import Synchronization

/// A request that the doctor sends to the server from outside, to see what arrives.
///
/// The doctor names it first, over the control socket: nobody else can make the server remember anything.
final class Probes: Sendable {
    /// What the server saw.
    struct Seen: Sendable {
        /// Who the server took the client for.
        let client: String
        /// The elements of every `X-Forwarded-For`, in order.
        let forwardedFor: [String]
        let isSecure: Bool
    }

    /// Claimed to be the client; of a network that belongs to nobody (RFC 5737).
    static let forgedClient = "192.0.2.66"
    static let userAgent = "aldrava-doctor/"
    static let path = "/health"
    private static let limit = 16
    private let expected = Lock<[(name: String, seen: Seen?)]>([])
    private let isExpecting = Atomic(false)

    func expect(_ name: String) {
        expected.withLock { expected in
            if expected.count >= Self.limit { expected.removeFirst() }
            expected.append((name, nil))
            isExpecting.store(true, ordering: .releasing)
        }
    }

    /// Costs a look at a flag, and more only while something is expected.
    func note(_ request: Request) {
        guard isExpecting.load(ordering: .acquiring), request.path == Self.path,
            let agent = request.headers["User-Agent"], agent.hasPrefix(Self.userAgent)
        else { return }
        let name = String(agent.dropFirst(Self.userAgent.count))
        let elements = request.headers.values(of: "X-Forwarded-For").flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).prefix(32).map { part in
                String(Substring(part).filter { $0 != " " && $0 != "\t" })
            }
        }
        let seen = Seen(client: request.client.description, forwardedFor: elements, isSecure: request.isSecure)
        expected.withLock { expected in
            if let index = expected.firstIndex(where: { $0.name == name }) { expected[index].seen = seen }
        }
    }

    func take(_ name: String) -> Seen? {
        expected.withLock { expected in
            guard let index = expected.firstIndex(where: { $0.name == name }) else { return nil }
            let seen = expected.remove(at: index).seen
            if expected.isEmpty { isExpecting.store(false, ordering: .releasing) }
            return seen
        }
    }
}

extension Probes.Seen {
    var json: JSON {
        [
            "client": .string(client), "forwarded_for": .array(forwardedFor.map { .string($0) }),
            "secure": .bool(isSecure),
        ]
    }

    init?(_ json: JSON) {
        guard let client = json["client"]?.string, let elements = json["forwarded_for"]?.array,
            let isSecure = json["secure"]?.bool
        else { return nil }
        self.init(client: client, forwardedFor: elements.compactMap(\.string), isSecure: isSecure)
    }
}

/// What follows from what a probe met on its way.
enum ProxyChecks {
    /// - Parameters:
    ///   - url: where the probe was sent.
    ///   - isDirect: whether that is the address that the server itself listens on.
    ///   - trustsProxies: whether the server believes anybody's `X-Forwarded-For`. Where it does not, an address that
    ///     somebody added says that a proxy is there, even if it is that of the proxy's own machine.
    static func forwardedFor(_ seen: Probes.Seen, url: String, isDirect: Bool, trustsProxies: Bool = true) -> Finding {
        let forged = Probes.forgedClient
        let others = seen.forwardedFor.filter { $0 != forged }
        if seen.client == forged {
            if !others.isEmpty {
                return .unknown(
                    "proxy_headers", "This machine is itself one of the trusted proxies, so its word was believed.",
                    mend:
                        "Run 'aldrava doctor --url \(url)' again after a request from another machine, or look at the IP in 'aldrava session list'."
                )
            }
            guard !isDirect else {
                return .fine(
                    "proxy_headers", "The server is reached directly, and believes X-Forwarded-For of this machine.")
            }
            return .wrong(
                "proxy_headers", "The proxy before \(url) passes on the X-Forwarded-For that a client sends.",
                why: "Anybody may claim any address, and so pass every throttle and falsify the audit.",
                mend:
                    "Let the proxy add the address it sees: in nginx 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;'."
            )
        }
        if seen.forwardedFor == [forged] {
            return .fine(
                "proxy_headers", "A client cannot claim to be somebody else; this one was seen as \(seen.client).")
        }
        if seen.forwardedFor.isEmpty {
            return .warning(
                "proxy_headers",
                "Something before \(url) removes X-Forwarded-For; this client was seen as \(seen.client).",
                why:
                    "All clients behind it look like one: they share its throttles, and the audit does not tell them apart.",
                mend: "Let the proxy add X-Forwarded-For, and list its address in ALDRAVA_TRUSTED_PROXIES.")
        }
        guard trustsProxies, others.contains(seen.client) else {
            return .warning(
                "proxy_headers",
                "Requests to \(url) come through a proxy at \(seen.client), which ALDRAVA_TRUSTED_PROXIES does not list.",
                why:
                    "All clients look like the proxy: they share its throttles, and the audit does not tell them apart.",
                mend: "Set ALDRAVA_TRUSTED_PROXIES=\(seen.client), or to the proxies' network.")
        }
        return .fine("proxy_headers", "The proxies' word about clients is believed, and clients' own is not.")
    }

    static func scheme(_ seen: Probes.Seen, url: String) -> Finding {
        guard !url.hasPrefix("https://") || seen.isSecure else {
            return .warning(
                "proxy_scheme", "The server does not know that requests to \(url) come by https.",
                why: "What depends on it, such as cookies for https only, is decided as for http.",
                mend: "Let the proxy send 'X-Forwarded-Proto: https', and list its address in ALDRAVA_TRUSTED_PROXIES.")
        }
        return .fine("proxy_scheme", "The server knows which scheme clients use.")
    }

    static func issuer(_ url: String, publicURL: String) -> Finding {
        guard url == publicURL else {
            return .warning(
                "issuer", "You reach the server at \(url), and it calls itself \(publicURL).",
                why: "Tokens name \(publicURL) as their issuer; clients that expect the other refuse them.",
                mend: "Use one of the two: ALDRAVA_PUBLIC_URL for the server, or the same URL for its clients.")
        }
        return .fine("issuer", "The public URL and the tokens' issuer are the same.")
    }

    /// - Parameter words: curl's own, where it could not get an answer.
    static func unreachable(_ url: String, words: String) -> Finding {
        .wrong(
            "public_url_answers", "\(url) does not answer this machine: \(words).",
            why: "Clients use that URL, and it is the issuer in their tokens.",
            mend:
                "See to the name, the certificate and the proxy; where only outsiders can reach it, try --url from there."
        )
    }

    static func somebodyElse(_ url: String) -> Finding {
        .wrong(
            "public_url_answers", "Something answers at \(url), but it is not this server.",
            why: "Clients talk to somebody else, who may be an older server, or a cache that keeps answers.",
            mend: "See where the name and the proxy lead; /health must not be cached.")
    }
}
