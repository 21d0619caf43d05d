internal import Standards

/// What ties a handover to one browser: a cookie of the application's host, and its digest, which may be seen.
///
/// The digest goes through the address of the realm's sign-in page and stands in the code's row. Whoever reads either
/// can do nothing with it, because the code is good only beside the cookie.
public struct HandoverBrowser: Sendable {
    /// The cookie's value.
    public let cookie: String
    /// base64url of its digest.
    public let state: String

    private init(_ text: HandoverCodeText) {
        cookie = text.text
        state = Base64URL.encode(text.digest)
    }

    /// The one that the browser shows, so that two tabs that begin at the same time do not undo each other; a new one
    /// where it shows none.
    public static func known(by cookie: ArraySlice<UInt8>?, _ capabilities: Capabilities) -> HandoverBrowser {
        HandoverBrowser(cookie.flatMap { HandoverCodeText($0) } ?? HandoverCodeText.make(capabilities))
    }

    /// The digest that a ``state`` says; `nil` for anything else.
    static func digest(of state: String) -> [UInt8]? {
        guard state.utf8.count == 43, let digest = Base64URL.decode(state), digest.count == 32 else { return nil }
        return digest
    }
}
