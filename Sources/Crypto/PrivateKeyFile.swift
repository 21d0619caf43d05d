internal import COpenSSL
public import Domain

/// A private key out of a PEM file: PKCS#8, or the older forms of RSA and EC keys (RFC 7468, RFC 5915, RFC 8017).
public enum PrivateKeyFile: Sendable {
    case es256(ES256.PrivateKey)
    case eddsa(EdDSA.PrivateKey)
    case rs256(RS256.PrivateKey)

    /// Why a file holds no key that we take.
    public enum Problem: String, Error, CaseIterable, Sendable {
        /// No PEM block with a private key, or one that cannot be read.
        case malformed
        /// The key is encrypted; decrypt it first.
        case encrypted
        /// Another kind, curve or size than P-256, Ed25519, and RSA of 2048 to 4096 bits with exponent 65537.
        case unsupported
        /// The key's numbers do not belong together.
        case inconsistent
    }

    /// Reads the first private key. An RSA key is checked, which takes as long as making one.
    public init(pem: Secret) throws(Problem) {
        let text = pem.exposed
        guard pem.count <= 65_536 else { throw .malformed }
        for mark in ["BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"] {
            if Self.holds(text, Array(mark.utf8)) { throw .encrypted }
        }
        let read = unsafe text.withUnsafeBytes { bytes -> OpaquePointer? in
            guard let file = unsafe shim_bytes(bytes.baseAddress, Int32(bytes.count)) else { return nil }
            defer { unsafe BIO_free(file) }
            return unsafe shim_read_key(file)
        }
        guard let key = unsafe read else {
            ERR_clear_error()
            throw .malformed
        }
        defer { unsafe EVP_PKEY_free(key) }
        self = try unsafe Self.opened(key)
    }

    private static func opened(_ key: OpaquePointer) throws(Problem) -> PrivateKeyFile {
        if let handle = unsafe RSAHandle.copy(of: key) {
            guard let rsa = RS256.PrivateKey(handle: handle) else { throw .unsupported }
            guard handle.isConsistent else { throw .inconsistent }
            return .rs256(rsa)
        }
        if unsafe EVP_PKEY_is_a(key, "ED25519") == 1 {
            var seed = [UInt8](repeating: 0, count: EdDSA.keyCount)
            var count = seed.count
            guard unsafe EVP_PKEY_get_raw_private_key(key, &seed, &count) == 1, count == seed.count,
                let opened = EdDSA.PrivateKey(seed: Secret(seed))
            else { throw .malformed }
            return .eddsa(opened)
        }
        guard unsafe EVP_PKEY_is_a(key, "EC") == 1, unsafe isP256(key) else { throw .unsupported }
        var number: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 else { throw .malformed }
        defer { unsafe BN_clear_free(number) }
        var scalar = [UInt8](repeating: 0, count: ES256.scalarCount)
        guard unsafe BN_bn2binpad(number, &scalar, Int32(scalar.count)) == Int32(scalar.count),
            let opened = ES256.PrivateKey(scalar: Secret(scalar))
        else { throw .malformed }
        return .es256(opened)
    }

    private static func isP256(_ key: OpaquePointer) -> Bool {
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        guard unsafe EVP_PKEY_get_group_name(key, &name, name.count, &count) == 1 else {
            ERR_clear_error()
            return false
        }
        return name.prefix(count).map { UInt8(bitPattern: $0) } == Array("prime256v1".utf8)
    }

    private static func holds(_ text: [UInt8], _ mark: [UInt8]) -> Bool {
        text.count >= mark.count && text.indices.dropLast(mark.count - 1).contains { text[$0...].starts(with: mark) }
    }
}
