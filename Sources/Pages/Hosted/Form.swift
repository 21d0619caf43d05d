internal import Flows
internal import HTTP

/// A form that was sent to a page, or why it was not taken.
enum Form {
    case read(FormFields)
    /// The browser did not say that one of this origin's own pages sent it.
    case unproven
    case unreadable

    static let bodyLimit = 16_384
    /// Of a form that holds a realm's attributes: as much as the API takes.
    static let attributesLimit = 65_536

    /// The proof is asked for before anything is read, and whether or not somebody is signed in: a stranger's page must
    /// neither sign anybody in nor out.
    init(_ page: PageRequest, own: HTTP.Origin?) {
        let request = page.request
        guard let own, SameOriginProof(own: own, allowed: []).judge(request.headers) == .proven else {
            self = .unproven
            return
        }
        guard case .value(let media) = request.headers.single("Content-Type"), Self.isForm(media),
            let fields = FormFields(parsing: request.body, limit: 128)
        else {
            self = .unreadable
            return
        }
        self = .read(fields)
    }

    /// Parameters such as `charset` change nothing: it is UTF-8 or refused.
    private static func isForm(_ media: ArraySlice<UInt8>) -> Bool {
        media.prefix { $0 != UInt8(ascii: ";") && $0 != 0x20 }.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
            .elementsEqual("application/x-www-form-urlencoded".utf8)
    }
}
