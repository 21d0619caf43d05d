internal import Concurrency
internal import Domain
internal import Standards
internal import Storage

/// Each realm's keys for access tokens, as this node holds them: one that signs, and all that are still believed.
///
/// What is read from the database says everything beforehand, so a key begins to sign, and ends, by the clock alone.
/// A change comes in by ``adopt(_:realm:)`` on the node that made it and through the feed on the others.
public final class SigningKeys: Sendable {
    struct Opened: Sendable {
        let life: SigningKeyLife
        let key: SigningKey
        /// How access tokens that this key signed begin.
        let header: [UInt8]

        fileprivate init(life: SigningKeyLife, key: SigningKey) {
            self.life = life
            self.key = key
            header = JWS.header(key.algorithm, kid: life.kid, typ: JWT.accessTokenType)
        }

        var published: JWK { JWK(key.verificationKey, kid: life.kid) }
    }

    struct RealmKeys: Sendable {
        let ring: SigningKeyRing
        fileprivate let opened: [String: Opened]

        func signing(at now: Timestamp) -> Opened? { ring.signing(at: now).flatMap { opened[$0.kid] } }

        /// The key of exactly that name, unless nothing that it signed is believed any more.
        func believed(_ kid: String, at now: Timestamp) -> Opened? {
            guard let key = opened[kid], key.life.kid.utf8.elementsEqual(kid.utf8), !key.life.isRetired(at: now) else {
                return nil
            }
            return key
        }

        /// The same for the beginning of a token, byte by byte; `nil` also where another spelling of a header names a key.
        func believed(header: ArraySlice<UInt8>, at now: Timestamp) -> Opened? {
            for key in opened.values where key.header.elementsEqual(header) {
                return key.life.isRetired(at: now) ? nil : key
            }
            return nil
        }

        fileprivate func document(at now: Timestamp) -> Document {
            let alive = ring.keys.filter { !$0.isRetired(at: now) }
            let published = alive.compactMap { opened[$0.kid] }.filter { $0.key.algorithm.isPublic }.map(\.published)
            return Document(
                bytes: JWKSet(published).json.bytes, from: now,
                until: alive.compactMap(\.retiredAt).min() ?? Timestamp(milliseconds: .max))
        }
    }

    /// The published keys, until the next one of them is retired.
    struct Document: Sendable {
        let bytes: [UInt8]
        let from: Timestamp
        let until: Timestamp
    }

    struct Entry {
        let keys: RealmKeys
        /// Where the feed was when they were read.
        let place: FeedHead
        var document: Document
    }

    private let store: any Store
    let wrapping: Wrapping
    private let capabilities: Capabilities

    init(store: any Store, wrapping: Wrapping, capabilities: Capabilities) {
        self.store = store
        self.wrapping = wrapping
        self.capabilities = capabilities
    }

    /// The realm's public keys as a JWK set (RFC 7517 §5), without those that are secret; `nil` for a realm without keys.
    public func jwks(of realm: Realm) -> [UInt8]? {
        let now = capabilities.now()
        return realm.keys.withLock { entry in
            guard let present = entry else { return nil }
            if now >= present.document.from, now < present.document.until { return present.document.bytes }
            let document = present.keys.document(at: now)
            entry?.document = document
            return document.bytes
        }
    }

    func current(of realm: Realm) -> RealmKeys? { realm.keys.withLock { $0?.keys } }

    /// Reads a realm's keys anew.
    func load(_ realm: Realm) async throws(OpenFault) {
        let stored: [StoredSigningKey]
        let now: Timestamp
        let place: FeedHead
        let name = realm.name
        do {
            (stored, now, place) = try await store.readFirst { (reader) throws(StoreFault) in
                (try reader.signingKeys(realm: name), reader.now, try reader.feedHead())
            }
        } catch { throw .store(error) }
        try adopt(stored, realm: realm, at: now, place)
    }

    /// Reads a realm's keys, making the first one where there is none. Of two nodes that begin together one makes the
    /// key and the other finds it.
    func begin(_ realm: Realm) async throws(OpenFault) {
        let name = realm.name
        let candidate = await SigningKeyCandidate.make(realm.rules.signingAlgorithm)
        let wrapping = wrapping
        let stored: [StoredSigningKey]
        let now: Timestamp
        let place: FeedHead
        do {
            (stored, now, place) = try await store.transaction { (tx) throws(StoreFault) in
                // Before the keys, each statement seeing what was committed until then.
                let place = try tx.feedHead()
                let present = try tx.signingKeys(realm: name)
                if present.contains(where: { !$0.life.isRetired(at: tx.now) }) { return (present, tx.now, place) }
                try tx.lockSigningKeys(realm: name)
                if try tx.signingKeys(realm: name).allSatisfy({ $0.life.isRetired(at: tx.now) }) {
                    try tx.insert(candidate.stored(in: name, from: tx.now, at: tx.now, wrapping))
                }
                return (try tx.signingKeys(realm: name), tx.now, place)
            }
        } catch { throw .store(error) }
        try adopt(stored, realm: realm, at: now, place)
    }

    /// Takes over what the database held at `databaseNow`, unless what is here was read at a later place of the feed: a
    /// look that took long must not bring back a key that was retired meanwhile. What was retired by then is gone here
    /// too, also where this node's clock is behind.
    func adopt(
        _ stored: [StoredSigningKey], realm: Realm, at databaseNow: Timestamp, _ place: FeedHead
    ) throws(OpenFault) {
        let now = capabilities.now()
        let alive = stored.filter { !$0.life.isRetired(at: max(now, databaseNow)) }
        var opened: [String: Opened] = [:]
        for key in alive {
            guard let algorithm = SigningAlgorithm(rawValue: key.algorithm),
                let material = wrapping.unwrap(key.wrappedPrivateKey, purpose: Self.purpose(realm.name)),
                let signing = SigningKey(algorithm, material: material)
            else { throw .unreadableSigningKey(realm.name) }
            opened[key.kid] = Opened(life: key.life, key: signing)
        }
        let keys = RealmKeys(ring: SigningKeyRing(alive.map(\.life)), opened: opened)
        guard keys.signing(at: now) != nil else { throw .unreadableSigningKey(realm.name) }
        let document = keys.document(at: now)
        realm.keys.withLock { entry in
            if let present = entry, place.isBehind(present.place) { return }
            entry = Entry(keys: keys, place: place, document: document)
        }
    }

    static func purpose(_ realm: RealmName) -> String { "signing key \(realm.text)" }
}

extension StoredSigningKey {
    var life: SigningKeyLife {
        SigningKeyLife(kid: kid, publishedAt: createdAt, signsFrom: signsFrom ?? createdAt, retiredAt: retiredAt)
    }
}

/// A key that may become a realm's next one.
struct SigningKeyCandidate: Sendable {
    let key: SigningKey
    let kid: String

    init(_ key: SigningKey, kid: String? = nil) {
        self.key = key
        self.kid = JWK(key.verificationKey, kid: kid).kid
    }

    /// On a thread of its own, because an RSA key takes longer than an event loop may.
    static func make(_ algorithm: SigningAlgorithm) async -> SigningKeyCandidate {
        await offLoop { SigningKeyCandidate(.generate(algorithm)) }
    }

    /// Keys are made, and brought, a few times a year: a thread for each is cheaper than one that always waits.
    static func offLoop<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        let pool = ThreadPool(name: "keys", threads: 1)
        defer { pool.shutDown() }
        return await pool.run(body)
    }

    func stored(
        in realm: RealmName, from start: Timestamp, at now: Timestamp, _ wrapping: Wrapping
    ) -> StoredSigningKey {
        let wrapped = wrapping.wrap(key.material, purpose: SigningKeys.purpose(realm))
        return StoredSigningKey(
            kid: kid, realm: realm, algorithm: key.algorithm.rawValue,
            publicJWK: JWK(key.verificationKey, kid: kid).json.text, wrappedPrivateKey: wrapped.bytes,
            wrapping: wrapped.epoch, createdAt: now, signsFrom: start, retiredAt: nil)
    }
}
