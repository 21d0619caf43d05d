internal import CSodium
public import Domain

/// Ed25519 (RFC 8032): the signature algorithm `EdDSA` of JOSE (RFC 8037 §3.1), through libsodium.
///
/// The strict reading: a scalar of the group's order or more, a key or a commitment in a small subgroup, and a point in
/// a second spelling are refused, so that a signature has one form only and speaks for one key only.
public enum EdDSA {
    /// How many bytes a signature has: a point and a scalar, 32 each, little-endian.
    public static let signatureCount = 64
    /// How many bytes a public key, and the seed of a private one, has.
    public static let keyCount = 32

    /// The half of a key pair that everybody may have.
    public struct PublicKey: Hashable, Sendable {
        /// The compressed point, what JWK calls `x`.
        public let bytes: [UInt8]

        /// `nil` unless the 32 bytes are the one spelling of a point in the large subgroup (RFC 8725 §3.4).
        public init?(_ bytes: [UInt8]) {
            Sodium.start()
            guard bytes.count == keyCount, unsafe crypto_core_ed25519_is_valid_point(bytes) == 1 else { return nil }
            self.bytes = bytes
        }

        fileprivate init(derived bytes: [UInt8]) { self.bytes = bytes }

        /// True for a good signature of 64 bytes; false for everything else.
        public func verify(signature: [UInt8], of message: [UInt8]) -> Bool {
            guard signature.count == signatureCount else { return false }
            return unsafe crypto_sign_verify_detached(signature, message, UInt64(message.count), bytes) == 0
        }
    }

    /// The half that signs.
    public struct PrivateKey: Sendable {
        public let publicKey: PublicKey
        /// 32 bytes, what JWK calls `d` (RFC 8037 §2). Store it only wrapped.
        public let seed: Secret
        /// Seed and public key, as libsodium wants it.
        private let pair: Secret

        public static func generate() -> PrivateKey { PrivateKey(pairOf: Secret(Random.bytes(keyCount))) }

        /// `nil` unless there are 32 bytes; any 32 are a key.
        public init?(seed: Secret) {
            guard seed.count == keyCount else { return nil }
            self.init(pairOf: seed)
        }

        private init(pairOf seed: Secret) {
            Sodium.start()
            var point = [UInt8](repeating: 0, count: keyCount)
            var pair = [UInt8](repeating: 0, count: 2 * keyCount)
            unsafe crypto_sign_seed_keypair(&point, &pair, seed.exposed)
            self.seed = seed
            self.pair = Secret(pair)
            publicKey = PublicKey(derived: point)
        }

        /// Two signatures of one message are the same (RFC 8032 §5.1.6).
        public func sign(_ message: [UInt8]) -> [UInt8] {
            var signature = [UInt8](repeating: 0, count: signatureCount)
            unsafe crypto_sign_detached(&signature, nil, message, UInt64(message.count), pair.exposed)
            return signature
        }
    }
}
