public import Domain

/// HMAC with SHA-256 (RFC 7518 §3.2): whoever can check such a token can also make one, so the key stays on the server.
public enum HS256 {
    /// How many bytes a signature has.
    public static let signatureCount = 32

    /// A secret that signs and checks alike.
    public struct Key: Sendable {
        /// What JWK calls `k`. Store it only wrapped.
        public let secret: Secret

        public static func generate() -> Key { Key(checked: Secret(Random.bytes(32))) }

        /// `nil` below 32 bytes, which RFC 7518 §3.2 asks for, and above 512, which nobody needs.
        public init?(_ secret: Secret) {
            guard (32...512).contains(secret.count) else { return nil }
            self.init(checked: secret)
        }

        private init(checked secret: Secret) { self.secret = secret }

        public func sign(_ message: [UInt8]) -> [UInt8] { HMAC.sha256(key: secret, message) }

        /// Takes the same time whatever the signature says.
        public func verify(signature: [UInt8], of message: [UInt8]) -> Bool {
            signature.count == signatureCount && constantTimeEqual(signature, sign(message))
        }
    }
}
