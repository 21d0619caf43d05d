internal import Domain
internal import Flows
internal import Standards
internal import Storage

extension KeysCommand {
    func perform(
        in realm: Realm, by actor: Actor, _ premises: Premises
    ) async throws(StoreFault) -> ControlReply {
        let useCases = premises.useCases
        switch self {
        case .list:
            let keys = try await useCases.listSigningKeys(in: realm.name)
            return ControlReply(.done, Self.table(keys), ["keys": .array(keys.map(Self.json))])
        case .rotate:
            switch try await useCases.rotateSigningKey(in: realm, by: actor) {
            case .published(let key): return Self.published(key)
            case .pending(let key): return Self.pending(key)
            case .notDue: return ControlReply(.refused, "It is not time yet.", ["code": "not_due"])
            }
        case .retire(let kid, let atOnce):
            return Self.retired(kid, try await useCases.retireSigningKey(kid, atOnce: atOnce, in: realm, by: actor))
        case .bring(let key):
            switch try await useCases.importSigningKey(key, in: realm, by: actor) {
            case .published(let key): return Self.published(key)
            case .pending(let key): return Self.pending(key)
            case .refused(let refusal):
                return ControlReply(.refused, Self.sentence(refusal), ["code": .string("key_\(refusal.rawValue)")])
            }
        }
    }

    private static func published(_ key: SigningKeySummary) -> ControlReply {
        ControlReply(
            .done,
            """
            Published the \(key.algorithm) key \(key.kid).
            It signs from \(key.signsFrom.iso8601) on, when every client has had time to learn it; until then the \
            present key goes on. Nobody is signed out.
            """, ["key": Self.json(key)])
    }

    private static func pending(_ key: SigningKeySummary) -> ControlReply {
        ControlReply(
            .refused,
            "The next key \(key.kid) is published already and signs from \(key.signsFrom.iso8601) on.",
            ["code": "next_key_pending", "key": Self.json(key)])
    }

    private static func retired(_ kid: String, _ outcome: RetireSigningKey.Outcome) -> ControlReply {
        switch outcome {
        case .noSuchKey:
            return ControlReply(
                .refused, "There is no key of that name; see 'aldrava keys list'.", ["code": "no_such_key"])
        case .alreadyRetired: return ControlReply(.refused, "That key is retired already.", ["code": "already_retired"])
        case .ends(let key, let successor):
            let follows =
                successor.map {
                    "Published the \($0.algorithm) key \($0.kid), which signs from \($0.signsFrom.iso8601) on.\n"
                } ?? ""
            let end = key.retiredAt?.iso8601 ?? "later"
            return ControlReply(
                .done, "\(follows)The key \(key.kid) is believed until \(end), when its last token has expired.",
                ["key": Self.json(key), "successor": successor.map(json) ?? .null])
        case .withdrawn(let key):
            return ControlReply(
                .done, "The key \(key.kid) is withdrawn; it never signed. The present key goes on.",
                ["key": Self.json(key)])
        case .ended(let key, let replacement):
            let instead =
                replacement.map { "\nThe \($0.algorithm) key \($0.kid) signs from now on." } ?? ""
            return ControlReply(
                .done,
                """
                The key \(key.kid) is retired: its tokens are refused from the next request on, within half a second \
                on other servers. Sessions go on: clients get other tokens by refreshing.\(instead)
                Whoever checks tokens with a cached copy of jwks.json believes it for up to 5 minutes more.
                """, ["key": Self.json(key), "replacement": replacement.map(json) ?? .null])
        }
    }

    private static func sentence(_ refusal: ImportSigningKey.Refusal) -> String {
        switch refusal {
        case .unreadable: "The file holds neither a PEM private key nor a JWK."
        case .encrypted: "The key is encrypted; decrypt it first, for example with 'openssl pkey -in FILE'."
        case .unsupported:
            "The key is of another kind: P-256, Ed25519, RSA of 2048 to 4096 bits with exponent 65537, and secrets of 32 bytes or more can sign here."
        case .malformed: "The JWK lacks a member of its private key, or has one that is not as it must be."
        case .inconsistent: "The key's numbers do not belong together."
        case .exists: "This realm has, or had, a key of that name."
        }
    }

    private static func json(_ key: SigningKeySummary) -> JSON {
        [
            "kid": .string(key.kid), "algorithm": .string(key.algorithm), "state": .string(key.state.rawValue),
            "published_at": .string(key.publishedAt.iso8601), "signs_from": .string(key.signsFrom.iso8601),
            "signs_until": key.signsUntil.map { .string($0.iso8601) } ?? .null,
            "retired_at": key.retiredAt.map { .string($0.iso8601) } ?? .null,
        ]
    }

    private static func table(_ keys: [SigningKeySummary]) -> String {
        let head = ["KID", "ALGORITHM", "STATE", "SIGNS FROM", "SIGNS UNTIL", "RETIRED AT"]
        let rows =
            [head]
            + keys.map { key in
                [
                    key.kid, key.algorithm, key.state.rawValue, key.signsFrom.iso8601, key.signsUntil?.iso8601 ?? "-",
                    key.retiredAt?.iso8601 ?? "-",
                ]
            }
        let widths = head.indices.map { column in rows.map { $0[column].utf8.count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).dropLast().map { text, width in
                text + String(repeating: " ", count: width - text.utf8.count + 2)
            }
            return cells.joined() + (row.last ?? "")
        }.joined(separator: "\n")
    }
}
