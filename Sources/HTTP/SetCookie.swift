/// One cookie that an answer sets or removes (RFC 6265bis §4.1).
///
/// Its path is always `/` and it never has a domain: it belongs to the host that set it, all of it and nobody else's.
public struct SetCookie: Hashable, Sendable {
    /// The field's whole value.
    public let text: String
    private static let field: FieldName = "Set-Cookie"

    /// Which requests from other sites bring it along (§4.1.2.7).
    public enum SameSite: String, Sendable {
        case strict = "Strict"
        case lax = "Lax"
        case none = "None"
    }

    /// Browsers keep no more than this for name and value together (§5.6).
    public static let mostBytes = 4_096

    /// `nil` for anything that a browser would refuse or that could say more than one thing.
    ///
    /// A name is a token, a value is made of `cookie-octet`: no controls, blanks, quotes, commas, semicolons or
    /// backslashes. A name with the prefix `__Host-` or `__Secure-`, in any case, and `SameSite=None` need `isSecure`.
    ///
    /// - Parameter maxAge: in seconds, not negative; `nil` for as long as the browser runs. Browsers keep no cookie
    ///   longer than 400 days.
    public init?(
        _ name: String, _ value: String, isSecure: Bool, sameSite: SameSite, maxAge: Int64?, isHTTPOnly: Bool = true
    ) {
        guard !name.utf8.isEmpty, name.utf8.allSatisfy({ OctetSet.token.contains($0) }),
            value.utf8.allSatisfy({ OctetSet.cookie.contains($0) }),
            name.utf8.count + value.utf8.count <= Self.mostBytes, maxAge ?? 0 >= 0,
            isSecure || !(Self.needsSecure(name) || sameSite == .none)
        else { return nil }
        var text = "\(name)=\(value); Path=/"
        if let maxAge { text += "; Max-Age=\(maxAge)" }
        if isSecure { text += "; Secure" }
        if isHTTPOnly { text += "; HttpOnly" }
        self.text = text + "; SameSite=\(sameSite.rawValue)"
    }

    /// Takes the cookie away. A browser obeys only what it would let set it: the rest must be as it was set.
    public init?(removing name: String, isSecure: Bool, sameSite: SameSite) {
        self.init(name, "", isSecure: isSecure, sameSite: sameSite, maxAge: 0)
    }

    /// Beside others that the answer sets.
    public func add(to headers: inout Headers) { headers.add(Self.field, text) }

    private static func needsSecure(_ name: String) -> Bool {
        func begins(_ prefix: StaticString) -> Bool {
            let bytes = name.utf8Span.span
            return bytes.count >= prefix.utf8CodeUnitCount && bytes.spells(0..<prefix.utf8CodeUnitCount, prefix)
        }
        return begins("__host-") || begins("__secure-")
    }
}
