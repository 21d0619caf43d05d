internal import Crypto
public import Domain
internal import Storage

/// The one secret that is not in the database. It wraps the data keys, and everything else that is secret follows from
/// those, so that another master key can take its place.
public struct MasterKey: Sendable {
    private let secret: Secret

    /// For writing it to a file.
    public var bytes: Secret { secret }

    /// How many bytes a master key has.
    public static let byteCount = 32

    /// Exactly 32 bytes; anything else is `nil`.
    public init?(_ secret: Secret) {
        guard secret.count == Self.byteCount else { return nil }
        self.secret = secret
    }

    /// A key for one purpose only: HKDF-SHA-256 (RFC 5869) with the purpose as `info`.
    func derive(_ purpose: String) -> Secret {
        HKDF.sha256(input: secret, salt: [], info: Array("aldrava \(purpose)".utf8), count: 32)
    }

    /// What the database keeps to recognise this key by. It reveals nothing about the key.
    var checkValue: [UInt8] { derive("master key check 1").exposed }
}

/// Wraps what the database must keep but must not know: signing keys, subjects' keys, data keys.
///
/// New things go under the newest key. While rows are being moved to it there is an older one, and what is bound to
/// a purpose opens under one key only, so each is tried.
struct Wrapping: Sendable {
    /// Newest first.
    private let keys: [(epoch: Int64, key: Secret)]
    private let random: @Sendable (Int) -> [UInt8]

    init(_ keys: [(epoch: Int64, key: Secret)], random: @escaping @Sendable (Int) -> [UInt8]) {
        self.keys = keys.sorted { $0.epoch > $1.epoch }
        self.random = random
    }

    /// For the data keys themselves.
    init(_ master: MasterKey, random: @escaping @Sendable (Int) -> [UInt8]) {
        self.init([(1, master.derive("wrap data keys 1"))], random: random)
    }

    var epoch: Int64 { keys.first?.epoch ?? 0 }
    var olderEpochs: [Int64] { keys.dropFirst().map(\.epoch) }

    /// `purpose` binds the wrapped bytes to their place: a subject's key is not accepted as a signing key.
    func wrap(_ secret: Secret, purpose: String) -> WrappedKey {
        let nonce = random(AEAD.nonceCount)
        let key = keys.first?.key ?? Secret(random(AEAD.keyCount))
        return WrappedKey(
            bytes: nonce + AEAD.seal(secret.exposed, key: key, nonce: nonce, associatedData: Array(purpose.utf8)),
            epoch: epoch)
    }

    /// `nil` when the bytes were changed, moved from another place, or wrapped under another key.
    func unwrap(_ wrapped: [UInt8], purpose: String) -> Secret? {
        guard wrapped.count > AEAD.nonceCount else { return nil }
        let nonce = Array(wrapped.prefix(AEAD.nonceCount))
        let sealed = Array(wrapped.dropFirst(AEAD.nonceCount))
        for (_, key) in keys {
            let plain = AEAD.open(sealed, key: key, nonce: nonce, associatedData: Array(purpose.utf8))
            if let plain { return Secret(plain) }
        }
        return nil
    }
}
