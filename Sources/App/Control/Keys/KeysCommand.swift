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

extension ControlCommand {
    public static func keys(_ command: KeysCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension KeysCommand: ControlTopic {
    static let name = "keys"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .list: ("list", [])
        case .rotate: ("rotate", [])
        case .retire(let kid, let atOnce):
            ("retire", [JSON.Member("kid", .string(kid)), JSON.Member("now", .bool(atOnce))])
        case .bring(let key): ("import", [JSON.Member("key", .string(Base64URL.encode(key.exposed)))])
        }
    }

    var need: CommandNeed {
        switch self {
        case .list: .right(.signingKeysRead)
        case .rotate, .retire: .right(.signingKeysWrite)
        // Whoever has a signing key of the realm can speak as anybody in it.
        case .bring: .local
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "list": self = .list
        case "rotate": self = .rotate
        case "retire":
            guard let kid = json["kid"]?.string, let atOnce = json["now"]?.bool else { return nil }
            self = .retire(kid: kid, atOnce: atOnce)
        case "import":
            guard let key = json["key"]?.string.flatMap(Base64URL.decode) else { return nil }
            self = .bring(Secret(key))
        default: return nil
        }
    }
}
