internal import COpenSSL
public import Domain

/// ECDSA with P-256 and SHA-256: the signature algorithm `ES256` (RFC 7518 §3.4), through OpenSSL.
public enum ES256 {
    /// How many bytes a signature has: `r` and `s`, 32 each, big-endian.
    public static let signatureCount = 64
    /// How many bytes a coordinate or a private scalar has.
    public static let scalarCount = 32

    /// The half of a key pair that everybody may have. Safe to use from many threads at once.
    public struct PublicKey: Hashable, Sendable {
        /// The point's coordinates, 32 bytes each, big-endian.
        public let x: [UInt8]
        public let y: [UInt8]
        private let handle: KeyHandle

        /// `nil` unless the coordinates are 32 bytes each and name a point of the curve (RFC 8725 §3.4).
        public init?(x: [UInt8], y: [UInt8]) {
            guard x.count == scalarCount, y.count == scalarCount,
                let handle = KeyHandle(point: [0x04] + x + y, scalar: nil), handle.isValidPublicKey
            else { return nil }
            self.init(x: x, y: y, handle: handle)
        }

        fileprivate init(x: [UInt8], y: [UInt8], handle: KeyHandle) {
            self.x = x
            self.y = y
            self.handle = handle
        }

        /// True for a good signature in JWS form, `r ‖ s` (RFC 7515 A.3); false for everything else.
        public func verify(signature: [UInt8], of message: [UInt8]) -> Bool {
            verify(signature: signature[...], of: message[...])
        }

        /// The same for parts of a longer text, without a copy of them.
        public func verify(signature: ArraySlice<UInt8>, of message: ArraySlice<UInt8>) -> Bool {
            guard signature.count == signatureCount else { return false }
            return unsafe signature.withUnsafeBytes { signature in
                unsafe message.withUnsafeBytes { unsafe handle.verify(raw: signature, of: $0) }
            }
        }

        public static func == (left: Self, right: Self) -> Bool { left.x == right.x && left.y == right.y }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(x)
            hasher.combine(y)
        }
    }

    /// The half that signs. Its scalar leaves only as a ``Secret``. Safe to use from many threads at once.
    public struct PrivateKey: Sendable {
        public let publicKey: PublicKey
        /// The private scalar, 32 bytes, big-endian: what JWK calls `d`. Store it only wrapped.
        public let scalar: Secret
        private let handle: KeyHandle

        /// Draws a scalar at random until it is one; all but one in 2^32 are (FIPS 186-5 A.2.2).
        public static func generate() -> PrivateKey {
            for _ in 0..<8 {
                if let key = PrivateKey(scalar: Secret(Random.bytes(scalarCount))) { return key }
            }
            preconditionFailure("OpenSSL accepts no P-256 key")
        }

        /// `nil` unless the scalar is 32 bytes and between 1 and the group's order less one.
        public init?(scalar: Secret) {
            guard scalar.count == scalarCount, let point = CurvePoint.multiple(of: scalar.exposed),
                let handle = KeyHandle(point: point, scalar: scalar.exposed)
            else { return nil }
            self.scalar = scalar
            self.handle = handle
            publicKey = PublicKey(x: Array(point[1..<33]), y: Array(point[33..<65]), handle: handle)
        }

        /// Signs in JWS form: `r ‖ s`, 64 bytes (RFC 7515 A.3). Two signatures of one message differ.
        public func sign(_ message: [UInt8]) -> [UInt8] {
            guard let der = handle.sign(digest: Digest.sha256(message)), let raw = DERSignature(bytes: der).raw else {
                preconditionFailure("OpenSSL could not sign with a key that it had accepted")
            }
            return raw
        }
    }
}
