internal import Flows
internal import HTTP

/// What stands before every path of a realm on its canonical URL: empty, or `/realms/name`.
struct RealmPath: Hashable, Sendable {
    let text: String

    init(_ realm: Realm) {
        let origin = realm.origin?.description.utf8.count ?? realm.issuer.utf8.count
        text = String(decoding: realm.issuer.utf8.dropFirst(origin), as: UTF8.self)
    }
}

extension Realm {
    /// The host of the canonical URL, as people know it.
    var hostText: String { origin.map(\.hostText) ?? "" }
}

extension HTTP.Origin {
    /// Host, and port where it is not the scheme's own.
    var hostText: String {
        let text = description.utf8
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else { return description }
        return String(decoding: text[colon...].dropFirst("://".utf8.count), as: UTF8.self)
    }
}
