internal import Flows
internal import HTTP

/// Where somebody wants to be once signed in, as far as the realm allows it.
///
/// An open redirect would lend this server's name to somebody else's page, so what is not certainly one of these is
/// not followed, and the account's page is shown instead.
enum ReturnTarget: Hashable, Sendable {
    /// On the realm's own origin.
    case here(LocalPath)
    /// An origin that may call the realm's API.
    case elsewhere(HTTP.Origin, LocalPath)
    /// An application's own host, which takes a session over by a code of its own.
    case application(Application, LocalPath)

    /// `nil` for anything but a path, or a URL whose origin the realm names, byte for byte after letters were lowered.
    init?(_ text: String, in realm: Realm) {
        if let path = LocalPath(text) {
            self = .here(path)
            return
        }
        guard let (origin, rest) = Self.parse(text) else { return nil }
        if let application = realm.rules.applications.first(where: { $0.origin == origin }) {
            // To its first page where the address is not one to follow: else nobody who began there would ever get a
            // session on its host.
            self = .application(application, rest ?? .root)
            return
        }
        guard let path = rest else { return nil }
        if origin == realm.origin {
            self = .here(path)
        } else if realm.rules.allowedOrigins.contains(origin) {
            self = .elsewhere(origin, path)
        } else {
            return nil
        }
    }

    /// `https://host/path`; where the path is left out it is `/`, and no path where it is not one to follow.
    private static func parse(_ text: String) -> (HTTP.Origin, LocalPath?)? {
        let bytes = Array(text.utf8)
        let slashes = Array("://".utf8)
        guard bytes.count <= LocalPath.longest, let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[colon...].starts(with: slashes)
        else { return nil }
        let start = colon + slashes.count
        let end =
            bytes[start...].firstIndex { byte in
                byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
            } ?? bytes.count
        let rest = String(decoding: bytes[end...], as: UTF8.self)
        return HTTP.Origin(String(decoding: bytes[..<end], as: UTF8.self)).map { origin in
            (origin, LocalPath(rest.utf8.first == UInt8(ascii: "/") ? rest : "/" + rest))
        }
    }
}
