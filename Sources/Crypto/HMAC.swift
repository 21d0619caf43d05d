internal import CSodium
public import Domain

/// Keyed digests (RFC 2104), through libsodium.
public enum HMAC {
    /// HMAC-SHA-256: 32 bytes. Compare with ``constantTimeEqual(_:_:)``, never with `==`.
    public static func sha256(key: Secret, _ message: [UInt8]) -> [UInt8] {
        sha256(key: key.exposed, [message])
    }

    /// Over the parts one after the other, without joining them first.
    static func sha256(key: [UInt8], _ parts: [[UInt8]]) -> [UInt8] {
        var state = crypto_auth_hmacsha256_state()
        unsafe crypto_auth_hmacsha256_init(&state, key, key.count)
        for part in parts { unsafe crypto_auth_hmacsha256_update(&state, part, UInt64(part.count)) }
        var mac = [UInt8](repeating: 0, count: 32)
        unsafe crypto_auth_hmacsha256_final(&state, &mac)
        unsafe sodium_memzero(&state, MemoryLayout.size(ofValue: state))
        return mac
    }
}
