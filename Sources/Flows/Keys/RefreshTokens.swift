internal import Crypto
internal import Domain
internal import Standards

/// Makes and opens refresh tokens. They are derived, so the database holds nothing a thief could use, and the
/// successor of a token is always the same: answering a lost reply again needs no write.
///
/// version (1) ‖ epoch (2) ‖ session (16) ‖ counter (8) ‖ MAC (16), base64url. The MAC is the first half of
/// HMAC-SHA-256 under `K = HKDF(root of the epoch, salt: session, info: "aldrava refresh 1" ‖ realm ‖ client)`.
struct RefreshTokens: Sendable {
    private static let version: UInt8 = 1
    private static let bodyCount = 27
    private static let macCount = 16
    private let roots: [UInt16: DataKeys.Key]
    private let newest: UInt16
    private let now: @Sendable () -> Timestamp

    /// What a token with a good MAC says.
    struct Presented: Sendable {
        let session: ID<Session>
        let counter: Counter
        /// The successor's too, unless a newer root has come since.
        let key: SessionKey
    }

    /// `K` of one session, under the root of one epoch.
    struct SessionKey: Sendable {
        fileprivate let epoch: UInt16
        fileprivate let secret: Secret
    }

    init(_ keys: DataKeys, now: @escaping @Sendable () -> Timestamp) {
        var roots: [UInt16: DataKeys.Key] = [:]
        for key in keys.keys(.refreshRoot) { UInt16(exactly: key.epoch).map { roots[$0] = key } }
        self.roots = roots
        newest = roots.keys.max() ?? 0
        self.now = now
    }

    /// `known` is the key of the token that this one follows, for which it need not be derived again.
    func token(
        session: ID<Session>, counter: Counter, realm: RealmName, client: String, known: SessionKey? = nil
    ) -> String {
        var bytes = [Self.version, UInt8(newest >> 8), UInt8(truncatingIfNeeded: newest)]
        bytes.reserveCapacity(Self.bodyCount + Self.macCount)
        bytes += session.bytes
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: counter.value >> Int64(shift)))
        }
        if let known, known.epoch == newest {
            bytes += Self.mac(over: bytes, known)
        } else if let root = roots[newest] {
            bytes += Self.mac(over: bytes, Self.key(newest, root, session: session, realm: realm, client: client))
        }
        return Base64URL.encode(bytes)
    }

    /// `nil` for anything this server did not make for this realm and client, and for an epoch that is over. Asks no
    /// database.
    func open(_ text: String, realm: RealmName, client: String) -> Presented? {
        guard text.utf8.count <= 64, let bytes = Base64URL.decode(text),
            bytes.count == Self.bodyCount + Self.macCount, bytes[0] == Self.version
        else { return nil }
        let epoch = UInt16(bytes[1]) << 8 | UInt16(bytes[2])
        guard let root = roots[epoch], root.retiredAt.map({ now() < $0 }) ?? true,
            let session = ID<Session>(bytes: bytes[3..<19])
        else { return nil }
        let key = Self.key(epoch, root, session: session, realm: realm, client: client)
        let expected = Self.mac(over: Array(bytes.prefix(Self.bodyCount)), key)
        guard constantTimeEqual(expected, Array(bytes.suffix(Self.macCount))) else { return nil }
        let value = bytes[19..<27].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let counter = Counter(Int64(bitPattern: value)) else { return nil }
        return Presented(session: session, counter: counter, key: key)
    }

    private static func key(
        _ epoch: UInt16, _ root: DataKeys.Key, session: ID<Session>, realm: RealmName, client: String
    ) -> SessionKey {
        let info = Array("aldrava refresh 1\u{0}\(realm.text)\u{0}\(client)".utf8)
        return SessionKey(
            epoch: epoch, secret: HKDF.sha256(input: root.secret, salt: session.bytes, info: info, count: 32))
    }

    private static func mac(over body: [UInt8], _ key: SessionKey) -> [UInt8] {
        Array(HMAC.sha256(key: key.secret, body).prefix(Self.macCount))
    }
}
