internal import Domain
public import HTTP

extension Verify {
    /// No page returns to a longer address.
    private static let mostReturnBytes = 2_048
    /// The same once it is encoded. nginx refuses answers whose head is longer than 4096 bytes in all, unless told otherwise.
    private static let mostEncodedBytes = 3_072
    private static let fetchMode: FieldName = "Sec-Fetch-Mode"
    private static let accept: FieldName = "Accept"

    /// Where a browser is sent that asked for a page and is not signed in; `nil` where a plain refusal is right.
    ///
    /// Only for a navigation: a script that asked for data could do nothing with a page. And only back to origins that
    /// the realm knows, or anybody's host could be made a place that a sign-in ends at.
    public static func signIn(
        for original: OriginalRequest?, _ headers: Headers, in realm: Realm
    ) -> String? {
        let isApplication = application(of: original, in: realm) != nil
        guard let original, let method = original.method, method.utf8.elementsEqual("GET".utf8),
            let origin = original.origin, let url = original.url, let uri = original.uri, isNavigation(headers),
            origin == realm.origin || isApplication || realm.rules.allowedOrigins.contains(origin)
        else { return nil }
        let page = realm.rules.signInURL ?? "\(realm.issuer)/login"
        // A proxy that guards the sign-in page itself would send the browser round in circles.
        if withoutQuery(url) == withoutQuery(page) { return nil }
        // The realm's own page begins there by itself. Any other knows nothing of handovers, and would send people back to
        // where they have no session.
        let begins = isApplication && realm.rules.signInURL != nil
        func place(_ path: String) -> String {
            begins ? "\(origin)/.aldrava/start?return_to=\(escaped(path))" : "\(origin)\(path)"
        }
        let asked = place(PercentEncoding.text(uri, where: isUnwise))
        let encoded = escaped(asked)
        let isShort = asked.utf8.count <= mostReturnBytes && encoded.utf8.count <= mostEncodedBytes
        let separator = page.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        return "\(page)\(separator)return_to=\(isShort ? encoded : escaped(place("/")))"
    }

    /// Whether a browser wants a page to show (W3C Fetch Metadata §2.2); without the field, whether HTML would do.
    private static func isNavigation(_ headers: Headers) -> Bool {
        switch headers.single(fetchMode) {
        case .value(let mode): mode.elementsEqual("navigate".utf8)
        case .repeated: false
        case .absent: headers.values(of: accept).contains { $0.utf8.holds("text/html".utf8) }
        }
    }

    private static func withoutQuery(_ url: String) -> [UInt8] { Array(url.utf8.prefix { $0 != UInt8(ascii: "?") }) }

    /// As one value of a query.
    private static func escaped(_ text: String) -> String {
        PercentEncoding.text(text) { !PercentEncoding.isUnreserved($0) }
    }

    /// What browsers send as it is although no URL may hold it (RFC 3986 §2), and no page is returned to with.
    private static func isUnwise(_ byte: UInt8) -> Bool { #""<>\^`{|}"#.utf8.contains(byte) }
}
