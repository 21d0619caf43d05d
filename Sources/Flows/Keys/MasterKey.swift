internal import Crypto
public import Domain

/// The one secret that is not in the database. Everything else that is secret derives from it or is wrapped by it.
public struct MasterKey: Sendable {
    private let secret: Secret

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

/// Wraps what the database must keep but must not know: signing keys, subjects' keys.
struct Wrapping: Sendable {
    private let key: Secret
    private let random: @Sendable (Int) -> [UInt8]

    init(_ master: MasterKey, random: @escaping @Sendable (Int) -> [UInt8]) {
        key = master.derive("wrap 1")
        self.random = random
    }

    /// `purpose` binds the wrapped bytes to their place: a subject's key is not accepted as a signing key.
    func wrap(_ secret: Secret, purpose: String) -> [UInt8] {
        let nonce = random(AEAD.nonceCount)
        return nonce + AEAD.seal(secret.exposed, key: key, nonce: nonce, associatedData: Array(purpose.utf8))
    }

    /// `nil` when the bytes were changed, moved from another place, or wrapped under another key.
    func unwrap(_ wrapped: [UInt8], purpose: String) -> Secret? {
        guard wrapped.count > AEAD.nonceCount else { return nil }
        let nonce = Array(wrapped.prefix(AEAD.nonceCount))
        let sealed = Array(wrapped.dropFirst(AEAD.nonceCount))
        return AEAD.open(sealed, key: key, nonce: nonce, associatedData: Array(purpose.utf8)).map { Secret($0) }
    }
}
