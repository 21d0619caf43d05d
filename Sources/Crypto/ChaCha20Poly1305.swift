internal import CSodium
public import Domain

/// ChaCha20-Poly1305 with a nonce of 12 bytes (RFC 8439), for formats that others defined.
///
/// So short a nonce must be counted, never drawn; what is ours uses ``AEAD``.
public enum ChaCha20Poly1305 {
    public static let keyCount = 32
    public static let nonceCount = 12
    public static let tagCount = 16

    /// The ciphertext with its tag at the end.
    public static func seal(_ plain: [UInt8], key: Secret, nonce: [UInt8]) -> [UInt8] {
        precondition(key.count == keyCount && nonce.count == nonceCount, "a key of 32 bytes and a nonce of 12")
        var sealed = [UInt8](repeating: 0, count: plain.count + tagCount)
        unsafe crypto_aead_chacha20poly1305_ietf_encrypt(
            &sealed, nil, plain, UInt64(plain.count), nil, 0, nil, nonce, key.exposed)
        return sealed
    }

    /// `nil` when anything is not what ``seal(_:key:nonce:)`` was given or gave.
    public static func open(_ sealed: [UInt8], key: Secret, nonce: [UInt8]) -> [UInt8]? {
        guard sealed.count >= tagCount, key.count == keyCount, nonce.count == nonceCount else { return nil }
        // One byte more than needed: libsodium wants an address even for an empty message.
        var plain = [UInt8](repeating: 0, count: sealed.count - tagCount + 1)
        let status = unsafe crypto_aead_chacha20poly1305_ietf_decrypt(
            &plain, nil, nil, sealed, UInt64(sealed.count), nil, 0, nonce, key.exposed)
        guard status == 0 else { return nil }
        plain.removeLast()
        return plain
    }
}
