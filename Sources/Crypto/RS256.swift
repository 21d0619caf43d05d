internal import COpenSSL
public import Domain

/// RSASSA-PKCS1-v1_5 with SHA-256: the signature algorithm `RS256` (RFC 7518 §3.3), through OpenSSL.
///
/// For clients that know nothing else. Its sizes are checked before anything is computed: a modulus of thousands of
/// digits, or an exponent as long, is a way to keep a verifier busy.
public enum RS256 {
    /// How many bits a modulus may have; below is too weak (RFC 7518 §3.3), above is only slow.
    public static let modulusBits = 2_048...4_096
    /// What a key of ours has: a signature takes a loop half a millisecond, against two with 3,072.
    public static let generatedBits = 2_048
    /// 65537, the only public exponent that is accepted.
    public static let exponent: [UInt8] = [1, 0, 1]
    /// More than a private key of 4096 bits takes.
    private static let longestDER = 4_096

    /// The half of a key pair that everybody may have. Safe to use from many threads at once.
    public struct PublicKey: Hashable, Sendable {
        /// Big-endian, without leading zeros.
        public let modulus: [UInt8]
        private let handle: RSAHandle

        /// `nil` unless the modulus is odd, of 2048 to 4096 bits and in its shortest form, and the exponent is 65537.
        public init?(modulus: [UInt8], exponent: [UInt8]) {
            guard Self.isAcceptable(modulus, exponent),
                let handle = RSAHandle(publicDER: DER.sequence([DER.integer(modulus), DER.integer(exponent)]))
            else { return nil }
            self.init(modulus: modulus, handle: handle)
        }

        fileprivate init(modulus: [UInt8], handle: RSAHandle) {
            self.modulus = modulus
            self.handle = handle
        }

        fileprivate static func isAcceptable(_ modulus: [UInt8], _ exponent: [UInt8]) -> Bool {
            guard let first = modulus.first, first != 0, let last = modulus.last, last & 1 == 1,
                exponent == RS256.exponent
            else { return false }
            return modulusBits.contains(modulus.count * 8 - first.leadingZeroBitCount)
        }

        /// True for a good signature, exactly as long as the modulus (RFC 8017 §8.2.2); false for everything else.
        public func verify(signature: [UInt8], of message: [UInt8]) -> Bool {
            signature.count == modulus.count && handle.verify(signature, digest: Digest.sha256(message))
        }

        public static func == (left: Self, right: Self) -> Bool { left.modulus == right.modulus }

        public func hash(into hasher: inout Hasher) { hasher.combine(modulus) }
    }

    /// The half that signs. Safe to use from many threads at once.
    public struct PrivateKey: Sendable {
        public let publicKey: PublicKey
        /// RSAPrivateKey (RFC 8017 A.1.2). Store it only wrapped.
        public let der: Secret
        private let handle: RSAHandle

        /// Takes a tenth of a second and more: for a `ThreadPool`, never an event loop.
        public static func generate() -> PrivateKey {
            for _ in 0..<8 {
                if let handle = RSAHandle.generate(bits: generatedBits), let key = PrivateKey(handle: handle) {
                    return key
                }
            }
            preconditionFailure("OpenSSL makes no RSA key")
        }

        /// A key of ours, which was checked before it was stored; `nil` for anything but an RSAPrivateKey of a size
        /// that is accepted.
        public init?(der: Secret) {
            guard der.count <= RS256.longestDER, let handle = RSAHandle(privateDER: der.exposed) else { return nil }
            self.init(handle: handle)
        }

        /// Somebody else's key (RFC 7518 §6.3.2): `nil` unless its numbers belong together. Takes as long as making one.
        ///
        /// Each number is big-endian; the primes and what follows from them are needed.
        public init?(
            modulus: [UInt8], exponent: [UInt8], d: Secret, primes: (p: Secret, q: Secret),
            exponents: (p: Secret, q: Secret), coefficient: Secret
        ) {
            let parts = [d, primes.p, primes.q, exponents.p, exponents.q, coefficient]
            guard PublicKey.isAcceptable(modulus, exponent), parts.allSatisfy({ $0.count <= modulus.count }) else {
                return nil
            }
            let numbers = [[0], modulus, exponent] + parts.map(\.exposed)
            guard let handle = RSAHandle(privateDER: DER.sequence(numbers.map(DER.integer))), handle.isConsistent else {
                return nil
            }
            self.init(handle: handle)
        }

        /// Sizes are looked at before anything else is asked of the key.
        init?(handle: RSAHandle) {
            guard let modulus = handle.number("n"), let exponent = handle.number("e"),
                PublicKey.isAcceptable(modulus, exponent), let der = handle.privateDER
            else { return nil }
            self.handle = handle
            self.der = Secret(der)
            publicKey = PublicKey(modulus: modulus, handle: handle)
        }

        /// Two signatures of one message are the same.
        public func sign(_ message: [UInt8]) -> [UInt8] {
            guard let signature = handle.sign(digest: Digest.sha256(message), count: publicKey.modulus.count) else {
                preconditionFailure("OpenSSL could not sign with a key that it had accepted")
            }
            return signature
        }
    }
}
