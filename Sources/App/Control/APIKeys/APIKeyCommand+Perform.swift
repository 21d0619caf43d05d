internal import Domain
internal import Flows
internal import Standards
internal import Storage

extension APIKeyCommand {
    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .create(let wish):
            switch try await useCases.createAPIKey(wish.input, in: realm.name, by: actor) {
            case .created(let text, let key):
                return ControlReply(
                    key, text: text, "API key '\(key.name)' made; it is shown this once. Its id: \(key.id)")
            case .refused(let refusal): return ControlReply(refusal, "API key")
            case .notRepeated: throw .repeatedUnasked
            }
        case .list(let page):
            let after = page.after.flatMap { ID<APIKey>($0) }
            let (keys, next) = try await useCases.listAPIKeys(in: realm.name, after: after, limit: page.limit)
            return ControlReply(
                page: "api_keys", keys.map(\.json), next: next?.text,
                table: Table(
                    ["ID", "NAME", "STATE", "EXPIRES", "LAST USED", "FROM", "PERMISSIONS", "NETWORKS"], keys.map(\.row)),
                empty: "No API keys.")
        case .rotate(let text, let overlap):
            guard let id = ID<APIKey>(text) else { return .noSuchAPIKey(text) }
            switch try await useCases.rotateAPIKey(id, overlap: .seconds(overlap), in: realm.name, by: actor) {
            case .rotated(let text, let key):
                let before = key.previousUntil.map { "the one before is good until \($0.iso8601)" }
                return ControlReply(
                    key, text: text,
                    "API key '\(key.name)' has another text, which is shown this once; "
                        + "\(before ?? "the one before is refused from the next request on").")
            case .noSuchKey: return .noSuchAPIKey(text)
            case .revoked:
                return ControlReply(.refused, "API key \(id) was revoked.", ["code": "api_key_revoked"])
            case .expired:
                return ControlReply(.refused, "API key \(id) has expired.", ["code": "api_key_expired"])
            case .invalid(let problems): return .invalid(problems)
            case .notHeld:
                return ControlReply(.refused, "It holds what you do not, or not for that long.", ["code": "not_held"])
            }
        case .revoke(let text):
            guard let id = ID<APIKey>(text) else { return .noSuchAPIKey(text) }
            switch try await useCases.revokeAPIKey(id, in: realm.name, by: actor) {
            case .revoked(let key):
                return ControlReply(
                    .done, "API key '\(key.name)' is revoked; that holds from the next request on.",
                    ["api_key": key.json, "changed": true])
            case .wasRevoked(let key):
                return ControlReply(
                    .done, "API key '\(key.name)' was revoked already.", ["api_key": key.json, "changed": false])
            case .noSuchKey: return .noSuchAPIKey(text)
            case .aboveOwnRank: return ControlReply(DeedRefusal.aboveOwnRank)
            }
        }
    }
}

extension APIKeyCommand.Wish {
    fileprivate var input: CreateAPIKey.Input {
        let expires: CreateAPIKey.Expiry =
            switch self.expires {
            case .never: .never
            case .at(let time): .at(Timestamp(milliseconds: time))
            case .after(let time): .after(.seconds(time))
            }
        return CreateAPIKey.Input(name: name, permissions: permissions, networks: networks, expires: expires)
    }
}

extension ControlReply {
    /// A key with its text, which alone goes to standard output.
    fileprivate init(_ key: APIKeySummary, text: String, _ sentence: String) {
        self.init(.done, sentence, ["key": .string(text), "api_key": key.json], output: text)
    }

    fileprivate static func noSuchAPIKey(_ text: String) -> ControlReply {
        ControlReply(.refused, "There is no API key '\(text)'.", ["code": "no_such_api_key"])
    }
}

extension APIKeySummary {
    fileprivate var json: JSON {
        [
            "id": .string(id.text), "name": .string(name), "state": .string(state.rawValue),
            "permissions": .array(permissions.map { .string($0) }), "networks": .array(networks.map { .string($0) }),
            "created_at": .string(createdAt.iso8601), "expires_at": Self.time(expiresAt),
            "revoked_at": Self.time(revokedAt), "previous_until": Self.time(previousUntil),
            "last_used_at": Self.time(lastUsedAt),
            "last_used_address": lastUsedAddress.isEmpty ? .null : .string(lastUsedAddress),
        ]
    }

    fileprivate var row: [String] {
        [
            id.text, name, state.rawValue, expiresAt?.iso8601 ?? "never", lastUsedAt?.iso8601 ?? "never",
            lastUsedAddress, permissions.isEmpty ? "none: verify only" : permissions.joined(separator: " "),
            networks.isEmpty ? "any" : networks.joined(separator: " "),
        ]
    }

    private static func time(_ time: Timestamp?) -> JSON { time.map { .string($0.iso8601) } ?? .null }
}
