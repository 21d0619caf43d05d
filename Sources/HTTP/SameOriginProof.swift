/// Decides whether a request that a cookie authenticates may change anything: it must have come from one of our pages.
///
/// A browser sends cookies along with what any page makes it send, and `SameSite` does not see a sibling host. What no
/// page can forge are `Origin` and `Sec-Fetch-Site` (Fetch standard §3.2; W3C Fetch Metadata §2.3): both are the
/// browser's own word. A program that is no browser can write them as it likes, but has no victim's cookies.
public struct SameOriginProof: Sendable {
    private let own: Origin
    private let allowed: [Origin]
    private static let originField: FieldName = "Origin"
    private static let siteField: FieldName = "Sec-Fetch-Site"

    /// - Parameters:
    ///   - own: the origin that the request is for, as it is configured; never the request's own Host.
    ///   - allowed: pages of other origins that may change things here as well.
    public init(own: Origin, allowed: [Origin]) {
        self.own = own
        self.allowed = allowed
    }

    public enum Verdict: Hashable, Sendable {
        case proven
        /// Neither field was sent.
        case missing
        /// A page of an origin that is not listed.
        case foreign(Origin)
        /// `Origin: null`: a page that hides where it comes from.
        case opaque
        /// Without an Origin, `Sec-Fetch-Site` says that the page is not of this origin.
        case crossSite
        /// The two fields cannot both be true.
        case contradictory
        case malformedOrigin
        case malformedSite
        /// A field stands twice.
        case repeated
    }

    /// Whether a method changes nothing (RFC 9110 §9.2.1), so that it needs no proof.
    public static func isSafe(_ method: Method) -> Bool {
        switch method {
        case .get, .head, .options: true
        case .post, .put, .patch, .delete: false
        }
    }

    public func judge(_ method: Method, _ headers: Headers) -> Verdict {
        Self.isSafe(method) ? .proven : judge(headers)
    }

    /// For a request whose method changes something, or is not known.
    public func judge(_ headers: Headers) -> Verdict {
        let site: Site?
        switch headers.single(Self.siteField) {
        case .absent: site = nil
        case .repeated: return .repeated
        case .value(let value):
            guard let read = Site(value) else { return .malformedSite }
            site = read
        }
        switch headers.single(Self.originField) {
        case .repeated: return .repeated
        case .absent:
            guard let site else { return .missing }
            return site == .sameOrigin ? .proven : .crossSite
        case .value(let value):
            if value.elementsEqual("null".utf8) { return .opaque }
            guard let origin = Origin(String(decoding: value, as: UTF8.self)) else { return .malformedOrigin }
            return judge(origin, site)
        }
    }

    private func judge(_ origin: Origin, _ site: Site?) -> Verdict {
        if origin == own {
            switch site {
            case nil, .sameOrigin?: return .proven
            case .sameSite?, .crossSite?, .nobody?: return .contradictory
            }
        }
        guard allowed.contains(origin) else { return .foreign(origin) }
        switch site {
        // A page that reaches this server under its own host, through its proxy, is of the same origin to the browser.
        case nil, .sameOrigin?, .sameSite?, .crossSite?: return .proven
        case .nobody?: return .contradictory
        }
    }

    /// What `Sec-Fetch-Site` can say.
    private enum Site {
        case sameOrigin
        case sameSite
        case crossSite
        /// `none`: no page, somebody typed an address.
        case nobody

        init?(_ value: ArraySlice<UInt8>) {
            let span = value.span
            let all = 0..<span.count
            if span.equals(all, "same-origin") {
                self = .sameOrigin
            } else if span.equals(all, "same-site") {
                self = .sameSite
            } else if span.equals(all, "cross-site") {
                self = .crossSite
            } else if span.equals(all, "none") {
                self = .nobody
            } else {
                return nil
            }
        }
    }
}

extension SameOriginProof.Verdict {
    /// What was missing or wrong, for whoever sent it; `nil` where nothing was.
    public var sentence: String? {
        switch self {
        case .proven: nil
        case .missing: "the request has neither an Origin nor a Sec-Fetch-Site header"
        case .foreign(let origin): "the Origin \(origin) is not allowed here"
        case .opaque: "the Origin is null"
        case .crossSite: "Sec-Fetch-Site is not same-origin, and there is no Origin header"
        case .contradictory: "Origin and Sec-Fetch-Site contradict each other"
        case .malformedOrigin: "the Origin header is not an origin"
        case .malformedSite: "the Sec-Fetch-Site header has no value that it can have"
        case .repeated: "Origin or Sec-Fetch-Site was sent more than once"
        }
    }
}
