internal import CSodium
public import Domain

/// Agreement on a key over Curve25519 (RFC 7748), through libsodium.
public enum X25519 {
    public static let count = 32

    /// The public key of a secret one of 32 bytes.
    public static func publicKey(of secret: Secret) -> [UInt8] {
        precondition(secret.count == count, "a secret key of 32 bytes")
        var key = [UInt8](repeating: 0, count: count)
        unsafe crypto_scalarmult_base(&key, secret.exposed)
        return key
    }

    /// `nil` for a public key of small order, with which every secret gives the same (RFC 7748 §6.1), and for one that is
    /// not 32 bytes.
    public static func agree(_ secret: Secret, with publicKey: [UInt8]) -> Secret? {
        guard secret.count == count, publicKey.count == count else { return nil }
        var shared = [UInt8](repeating: 0, count: count)
        return unsafe crypto_scalarmult(&shared, secret.exposed, publicKey) == 0 ? Secret(shared) : nil
    }
}
