internal import Concurrency
internal import Crypto
public import Domain
internal import Standards
internal import Storage

/// Each realm's keys for access tokens: one that signs, and all that are still believed.
public final class SigningKeys: Sendable {
    struct RealmKeys: Sendable {
        let signing: (kid: String, key: SigningKey)
        let verifying: [String: VerificationKey]
        let jwks: [UInt8]
    }

    private let keys = Lock<[RealmName: RealmKeys]>([:])
    private let store: any Store
    private let wrapping: Wrapping
    private let capabilities: Capabilities

    init(store: any Store, wrapping: Wrapping, capabilities: Capabilities) {
        self.store = store
        self.wrapping = wrapping
        self.capabilities = capabilities
    }

    /// The realm's public keys as a JWK set (RFC 7517 §5); `nil` for a realm that does not exist.
    public func jwks(of realm: RealmName) -> [UInt8]? { keys.withLock { $0[realm]?.jwks } }

    func current(of realm: RealmName) -> RealmKeys? { keys.withLock { $0[realm] } }

    /// Reads a realm's keys, making the first one where there is none. Of two nodes that begin together one
    /// makes the key and the other finds it.
    func load(_ realm: RealmName) async throws(OpenFault) {
        let candidate = ES256.PrivateKey.generate()
        let published = JWK(.es256(candidate.publicKey))
        let stored = StoredSigningKey(
            kid: published.kid, realm: realm, algorithm: "ES256",
            publicJWK: published.json.text,
            wrappedPrivateKey: wrapping.wrap(candidate.scalar, purpose: Self.purpose(realm)),
            createdAt: capabilities.now(), retiredAt: nil)
        let present: [StoredSigningKey]
        do {
            present = try await store.transaction { (tx) throws(StoreFault) in
                if try tx.claimSetting("first_signing_key/\(realm.text)", value: Array(stored.kid.utf8)) {
                    try tx.insert(stored)
                }
                return try tx.signingKeys(realm: realm)
            }
        } catch { throw .store(error) }
        let opened = try open(present.filter { $0.retiredAt == nil }, realm: realm)
        keys.withLock { $0[realm] = opened }
    }

    private func open(_ stored: [StoredSigningKey], realm: RealmName) throws(OpenFault) -> RealmKeys {
        var verifying: [String: VerificationKey] = [:]
        var signing: (kid: String, key: SigningKey)?
        var published: [JWK] = []
        for key in stored {
            guard key.algorithm == "ES256",
                let scalar = wrapping.unwrap(key.wrappedPrivateKey, purpose: Self.purpose(realm)),
                let opened = ES256.PrivateKey(scalar: scalar)
            else { throw .unreadableSigningKey(realm) }
            verifying[key.kid] = .es256(opened.publicKey)
            published.append(JWK(.es256(opened.publicKey)))
            signing = (key.kid, .es256(opened))
        }
        guard let signing else { throw .unreadableSigningKey(realm) }
        return RealmKeys(signing: signing, verifying: verifying, jwks: JWKSet(published).json.bytes)
    }

    private static func purpose(_ realm: RealmName) -> String { "signing key \(realm.text)" }
}
