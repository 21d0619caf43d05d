internal import Domain
internal import Flows
internal import Standards
internal import Storage

/// What can be done about API keys.
public enum APIKeyCommand: Sendable {
    case create(Wish)
    case list(PageRequest)
    /// `overlap` is in seconds.
    case rotate(String, overlap: Int64)
    case revoke(String)

    /// What a key shall be good for, as it was typed.
    public struct Wish: Sendable {
        public let name: String
        public let permissions: [String]
        public let networks: [String]
        public let expires: Expiry

        public init(name: String, permissions: [String], networks: [String], expires: Expiry) {
            self.name = name
            self.permissions = permissions
            self.networks = networks
            self.expires = expires
        }
    }

    public enum Expiry: Sendable {
        case never
        /// In milliseconds since 1970.
        case at(Int64)
        /// In seconds from now.
        case after(Int64)
    }
}

extension ControlCommand {
    public static func apiKey(_ command: APIKeyCommand) -> ControlCommand { ControlCommand(topic: command) }
}

extension APIKeyCommand: ControlTopic {
    static let name = "api_key"

    var wire: (word: String, members: [JSON.Member]) {
        switch self {
        case .create(let wish): ("create", wish.members)
        case .list(let page): ("list", page.members)
        case .rotate(let key, let overlap):
            ("rotate", [JSON.Member("key", .string(key)), JSON.Member("overlap", .integer(overlap))])
        case .revoke(let key): ("revoke", [JSON.Member("key", .string(key))])
        }
    }

    var need: CommandNeed {
        switch self {
        case .list: .right(.apiKeysRead)
        case .create, .rotate, .revoke: .right(.apiKeysWrite)
        }
    }

    init?(word: String, _ json: JSON) {
        switch word {
        case "create":
            guard let wish = Wish(json) else { return nil }
            self = .create(wish)
        case "list":
            guard let page = PageRequest(json) else { return nil }
            self = .list(page)
        case "rotate":
            guard let key = json["key"]?.string, let overlap = json["overlap"]?.integer else { return nil }
            self = .rotate(key, overlap: overlap)
        case "revoke":
            guard let key = json["key"]?.string else { return nil }
            self = .revoke(key)
        default: return nil
        }
    }
}

extension APIKeyCommand.Wish {
    fileprivate var members: [JSON.Member] {
        let expires: JSON.Member =
            switch self.expires {
            case .never: JSON.Member("expires", .null)
            case .at(let time): JSON.Member("expires_at", .integer(time))
            case .after(let time): JSON.Member("expires_after", .integer(time))
            }
        return [
            JSON.Member("name", .string(name)), JSON.Member("permissions", .array(permissions.map { .string($0) })),
            JSON.Member("networks", .array(networks.map { .string($0) })), expires,
        ]
    }

    fileprivate init?(_ json: JSON) {
        guard let name = json["name"]?.string, let permissions = json["permissions"]?.array,
            let networks = json["networks"]?.array
        else { return nil }
        let expires: APIKeyCommand.Expiry
        if let time = json["expires_at"]?.integer {
            expires = .at(time)
        } else if let time = json["expires_after"]?.integer {
            expires = .after(time)
        } else {
            guard case .null? = json["expires"] else { return nil }
            expires = .never
        }
        self.init(
            name: name, permissions: permissions.compactMap(\.string), networks: networks.compactMap(\.string),
            expires: expires)
        guard self.permissions.count == permissions.count, self.networks.count == networks.count else { return nil }
    }
}
