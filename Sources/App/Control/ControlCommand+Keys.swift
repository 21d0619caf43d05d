public import Domain
internal import Standards

/// What can be asked about a realm's signing keys.
public enum KeysCommand: Sendable {
    case list
    case rotate
    case retire(kid: String, atOnce: Bool)
    /// A private key, PEM or JWK.
    case bring(Secret)
}

extension KeysCommand {
    var members: [(String, JSON)] {
        switch self {
        case .list: [("command", "keys.list")]
        case .rotate: [("command", "keys.rotate")]
        case .retire(let kid, let atOnce):
            [("command", "keys.retire"), ("kid", .string(kid)), ("now", .bool(atOnce))]
        case .bring(let key):
            [("command", "keys.import"), ("key", .string(Base64URL.encode(key.exposed)))]
        }
    }

    /// `nil` for anything that ``members`` would not have written.
    init?(_ word: String, _ json: JSON) {
        switch word {
        case "keys.list": self = .list
        case "keys.rotate": self = .rotate
        case "keys.retire":
            guard let kid = json["kid"]?.string, let atOnce = json["now"]?.bool else { return nil }
            self = .retire(kid: kid, atOnce: atOnce)
        case "keys.import":
            guard let key = json["key"]?.string.flatMap(Base64URL.decode) else { return nil }
            self = .bring(Secret(key))
        default: return nil
        }
    }
}
