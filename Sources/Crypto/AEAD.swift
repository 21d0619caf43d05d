internal import CSodium
public import Domain

/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): encryption that notices every change.
///
/// The nonce is 24 bytes, long enough to be drawn at random for every message under one key.
public enum AEAD {
    public static let keyCount = 32
    public static let nonceCount = 24
    /// How many bytes the sealed form is longer than the plain one.
    public static let tagCount = 16

    /// The ciphertext with its 16-byte tag at the end. The nonce is not part of it.
    ///
    /// A nonce must never be used twice with one key.
    public static func seal(
        _ plain: [UInt8], key: Secret, nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8] {
        precondition(key.count == keyCount && nonce.count == nonceCount, "a key of 32 bytes and a nonce of 24")
        var sealed = [UInt8](repeating: 0, count: plain.count + tagCount)
        unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
            &sealed, nil, plain, UInt64(plain.count), associatedData, UInt64(associatedData.count), nil, nonce,
            key.exposed)
        return sealed
    }

    /// `nil` when anything is not what ``seal(_:key:nonce:associatedData:)`` was given or gave.
    public static func open(
        _ sealed: [UInt8], key: Secret, nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8]? {
        guard sealed.count >= tagCount, key.count == keyCount, nonce.count == nonceCount else { return nil }
        // One byte more than needed: libsodium wants an address even for an empty message.
        var plain = [UInt8](repeating: 0, count: sealed.count - tagCount + 1)
        let status = unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
            &plain, nil, nil, sealed, UInt64(sealed.count), associatedData, UInt64(associatedData.count), nonce,
            key.exposed)
        guard status == 0 else { return nil }
        plain.removeLast()
        return plain
    }
}
