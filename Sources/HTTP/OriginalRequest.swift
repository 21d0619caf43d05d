/// What a proxy says about the request that it asks about, before it lets that request through to an application.
///
/// nginx is told to send `X-Original-Method`, `-URI` and `-Host`, ingress-nginx sends `X-Original-URL`; Caddy and Traefik
/// send `X-Forwarded-Method`, `-Uri`, `-Host` and `-Proto`. What one proxy writes another passes on from the client, so
/// the two families must agree wherever both speak, and nobody may speak twice.
public struct OriginalRequest: Hashable, Sendable {
    /// As it was sent, a token; `nil` where the proxy does not say, which counts as one that changes something.
    public let method: String?
    /// Whether its method is known to change nothing.
    public let isSafe: Bool
    /// Where a page would have to come from to be one of its own; `nil` where the proxy does not say scheme and host.
    public let origin: Origin?
    /// In the spelling of ``Authority/canonical(_:isSecure:)``; `nil` where the proxy does not say.
    public let host: String?
    /// Path and query: a slash, and then visible ASCII without `#`; `nil` where the proxy does not say.
    public let uri: String?

    public enum Told: Hashable, Sendable {
        /// The peer is no trusted proxy, or says nothing of another request.
        case nothing
        case request(OriginalRequest)
        case malformed(Fault)
    }

    /// Why what was said is not believed.
    public enum Fault: Hashable, Sendable {
        case repeated(String)
        case malformed(String)
        /// Two fields say different things of the same part.
        case contradictory(String, String)
    }

    /// All of its address, where the proxy said enough.
    public var url: String? {
        guard let origin, let uri else { return nil }
        return origin.description + uri
    }

    /// Reads the fields, and believes them only where the server says that the peer may be believed.
    public static func told(by request: Request) -> Told {
        guard request.isFromProxy else { return .nothing }
        var reading = Reading(headers: request.headers)
        let original = reading.read()
        if let fault = reading.fault { return .malformed(fault) }
        return original.map(Told.request) ?? .nothing
    }
}

extension OriginalRequest {
    /// One pass over the fields; the first fault stays.
    private struct Reading {
        let headers: Headers
        var fault: Fault?

        /// A value and the field that said it.
        private typealias Word = (value: ArraySlice<UInt8>, field: String)

        private static let url: FieldName = "X-Original-URL"
        private static let originalMethod: FieldName = "X-Original-Method"
        private static let forwardedMethod: FieldName = "X-Forwarded-Method"
        private static let originalURI: FieldName = "X-Original-URI"
        private static let forwardedURI: FieldName = "X-Forwarded-Uri"
        private static let originalHost: FieldName = "X-Original-Host"
        private static let forwardedHost: FieldName = "X-Forwarded-Host"
        private static let scheme: FieldName = "X-Forwarded-Proto"

        mutating func read() -> OriginalRequest? {
            let url = single(Self.url).map { split($0) }
            var method = single(Self.originalMethod)
            agree(&method, single(Self.forwardedMethod))
            var uri = url?.uri
            agree(&uri, single(Self.originalURI))
            agree(&uri, single(Self.forwardedURI))
            let isSecure = scheme(url?.scheme, single(Self.scheme))
            // Compared as they are looked up: proxies differ in whether they write a port that goes without saying.
            var authority = canonical(url?.host, isSecure)
            agree(&authority, canonical(single(Self.originalHost), isSecure))
            agree(&authority, canonical(single(Self.forwardedHost), isSecure))
            if let method, !Self.isMethod(method.value) { note(.malformed(method.field)) }
            if let uri, !Self.isURI(uri.value) { note(.malformed(uri.field)) }
            // A scheme alone is what every proxy sends with every request.
            guard fault == nil, method != nil || uri != nil || authority != nil else { return nil }
            func text(_ word: Word?) -> String? { word.map { String(decoding: $0.value, as: UTF8.self) } }
            let known = method.flatMap { Method($0.value.span, 0..<$0.value.count) }
            let host = authority.map { String(decoding: $0.value, as: UTF8.self) }
            var origin: Origin?
            if let isSecure, let host { origin = Origin(canonical: host, isSecure: isSecure) }
            return OriginalRequest(
                method: text(method), isSafe: known.map(SameOriginProof.isSafe) ?? false, origin: origin,
                host: host, uri: text(uri))
        }

        private mutating func note(_ fault: Fault) { self.fault = self.fault ?? fault }

        private mutating func single(_ field: FieldName) -> Word? {
            switch headers.single(field) {
            case .absent: return nil
            case .repeated:
                note(.repeated(field.text))
                return nil
            case .value(let value): return (value, field.text)
            }
        }

        /// Takes another field's word for the same, which must not differ.
        private mutating func agree(_ word: inout Word?, _ other: Word?) {
            guard let other else { return }
            if let word, word.value != other.value { note(.contradictory(word.field, other.field)) }
            word = word ?? other
        }

        private mutating func scheme(_ url: Word?, _ field: Word?) -> Bool? {
            let first = url.flatMap { isSecure($0) }
            let second = field.flatMap { isSecure($0) }
            if let url, let field, let first, let second, first != second {
                note(.contradictory(url.field, field.field))
            }
            return first ?? second
        }

        /// `http` or `https`; some proxies name a WebSocket's opening `ws` or `wss`.
        private mutating func isSecure(_ word: Word) -> Bool? {
            let span = word.value.span
            let all = 0..<span.count
            if span.spells(all, "https") || span.spells(all, "wss") { return true }
            if span.spells(all, "http") || span.spells(all, "ws") { return false }
            note(.malformed(word.field))
            return nil
        }

        private mutating func canonical(_ word: Word?, _ isSecure: Bool?) -> Word? {
            guard let word else { return nil }
            let span = word.value.span
            guard Authority.isValid(span, 0..<span.count),
                let places = Authority.Places(span, 0..<span.count, isSecure: isSecure)
            else {
                note(.malformed(word.field))
                return nil
            }
            // As a rule it is spelled so.
            if places.spell(span, span) { return word }
            return places.text(span).map { (Array($0.utf8)[...], word.field) }
        }

        /// `scheme://authority/path?query` into its parts, unchecked.
        private mutating func split(_ url: Word) -> (scheme: Word?, host: Word?, uri: Word?) {
            let bytes = url.value
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
                note(.malformed(url.field))
                return (nil, nil, nil)
            }
            let start = colon + 3
            let end =
                bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.endIndex
            var uri = bytes[end...]
            if uri.first != UInt8(ascii: "/") { uri = [UInt8(ascii: "/")] + uri }
            return ((bytes[..<colon], url.field), (bytes[start..<end], url.field), (uri, url.field))
        }

        private static func isMethod(_ bytes: ArraySlice<UInt8>) -> Bool {
            (1...32).contains(bytes.count) && bytes.allSatisfy { OctetSet.token.contains($0) }
        }

        /// Wider than what the parser takes from clients, because the application behind the proxy judges it.
        private static func isURI(_ bytes: ArraySlice<UInt8>) -> Bool {
            bytes.first == UInt8(ascii: "/")
                && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
        }
    }
}

extension OriginalRequest.Fault {
    /// For the operator who configured the proxy.
    public var sentence: String {
        switch self {
        case .repeated(let field): "\(field) was sent more than once"
        case .malformed(let field): "\(field) is malformed"
        case .contradictory(let one, let other): "\(one) and \(other) contradict each other"
        }
    }
}
