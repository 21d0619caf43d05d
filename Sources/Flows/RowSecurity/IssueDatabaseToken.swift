internal import Crypto
public import Domain
internal import Standards
public import Storage

/// Tells PostgreSQL who somebody is, so that a team's own policies can decide by it.
///
/// `adt1.KEY.CLAIMS.MAC`: the key's name, the claims as JSON in base64url, and HMAC-SHA-256 over everything before the
/// last dot in base64url. Who holds one is let in by `aldrava.enter` for 60 seconds, or until something in it ends, so it is
/// issued for each use.
public struct IssueDatabaseToken: Sendable {
    let store: any Store
    let keys: DatabaseTokenKeys
    let now: @Sendable () -> Timestamp

    public static let lifetime = Duration.seconds(60)

    public enum Outcome: Sendable {
        case issued(DatabaseToken)
        /// The database has no schema `aldrava`, or is no PostgreSQL.
        case notInstalled
    }

    public func callAsFunction(for caller: AuthResult) async throws(StoreFault) -> Outcome {
        let stored = try await store.read { (reader) throws(StoreFault) in
            try reader.setting(DatabaseTokenKeys.settingName)
        }
        guard let name = stored.flatMap(DatabaseTokenKeys.Name.init), let secret = keys.secret(name) else {
            return .notInstalled
        }
        let issuedAt = now().milliseconds / 1_000
        // Whole seconds: what ends within one is believed to its end.
        let stale = caller.grants.staleAt.map { ($0.milliseconds + 999) / 1_000 } ?? .max
        let expiresAt = min(issuedAt + Self.lifetime.components.seconds, stale)
        let claims = Self.claims(caller, issuedAt: issuedAt, expiresAt: expiresAt).text
        let signed = "adt1.\(name.id).\(Base64URL.encode(Array(claims.utf8)))"
        let mac = HMAC.sha256(key: secret, Array(signed.utf8))
        return .issued(
            DatabaseToken(
                text: "\(signed).\(Base64URL.encode(mac))", life: .seconds(expiresAt - issuedAt),
                expiresAt: Timestamp(milliseconds: expiresAt * 1_000)))
    }

    private static func claims(_ caller: AuthResult, issuedAt: Int64, expiresAt: Int64) -> JSON {
        let holder: [(String, JSON)] =
            switch caller.holder {
            case .person(let principal):
                [("sub", .string(principal.user.id.text)), ("sid", .string(principal.session.text))]
            case .service(let service): [("key", .string(service.id?.text ?? service.name))]
            }
        let grants = caller.grants
        let members =
            [("realm", .string(caller.realm.text))] + holder + [
                ("roles", .array(grants.roles.map { .string($0) })),
                ("groups", .array(grants.groups.map { .string($0) })),
                ("permissions", .array(grants.permissions.map { .string($0) })),
                ("instances", instances(grants)), ("iat", .integer(issuedAt)), ("exp", .integer(expiresAt)),
            ]
        return .object(members.map { JSON.Member($0.0, $0.1) })
    }

    /// By the single things that they are held of.
    private static func instances(_ grants: Grants) -> JSON {
        var members: [JSON.Member] = []
        for (instance, held) in Dictionary(grouping: grants.scoped, by: \.instance).sorted(by: { $0.key < $1.key }) {
            members.append(JSON.Member(instance, .array(held.map { .string($0.pair.description) })))
        }
        return .object(members)
    }
}

/// Good for 60 seconds at most, for whoever holds it.
public struct DatabaseToken: Sendable {
    public let text: String
    /// Whole seconds, 1 to 60.
    public let life: Duration
    public let expiresAt: Timestamp
}
