import Crypto
import Domain
import Standards
import Storage
import TestSupport

@testable import Flows

/// Everything that somebody with the source and a database, but another master key, can try.
struct CredentialForgery {
    let realm: Realm
    /// What the master key opens, or, where it opens nothing, what it would have derived for a database of version 1.
    let keys: DataKeys

    /// With whatever this master key gives on the world's database.
    init(master: MasterKey, world: World) async throws {
        realm = world.realm
        let stored = try await world.store.read { (reader) throws(StoreFault) in try reader.dataKeys() }
        keys = DataKeys(stored, master: master) ?? DataKeys.derived(from: master, at: world.clock.now)
    }

    func refreshToken(for session: Session, counter: Counter = .first) -> String {
        let now = session.createdAt
        return RefreshTokens(keys, now: { now })
            .token(session: session.id, counter: counter, realm: realm.name, client: session.client)
    }

    func unwrap(_ key: StoredSigningKey) -> Secret? {
        keys.wrapping(random: { [UInt8](repeating: 0, count: $0) })
            .unwrap(key.wrappedPrivateKey, purpose: "signing key \(key.realm)")
    }

    /// Claims that are right in everything, under the right `kid`, but signed with a key of the forger's own.
    func accessToken(for user: Person, session: Session, kid: String) -> String {
        let claims: JSON = [
            "iss": .string(realm.issuer), "sub": .string(user.id.text), "aud": .string(realm.issuer),
            "exp": .integer(session.absoluteEnd.seconds), "iat": .integer(session.createdAt.seconds),
            "sid": .string(session.id.text), "rc": 1,
        ]
        return JWT.sign(claims: claims, key: .es256(ES256.PrivateKey.generate()), kid: kid)
    }
}
