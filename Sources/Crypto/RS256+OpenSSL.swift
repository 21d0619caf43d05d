internal import COpenSSL

/// Owns one OpenSSL RSA key. OpenSSL locks what it caches in a key, so that threads may share it.
@safe final class RSAHandle: @unchecked Sendable {
    private let key: OpaquePointer

    private init(adopting key: OpaquePointer) { unsafe self.key = key }

    /// `nil` unless the bytes are one RSAPublicKey (RFC 8017 A.1.1) and nothing else.
    init?(publicDER der: [UInt8]) {
        let key = unsafe der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var position = bytes.baseAddress
            return unsafe d2i_PublicKey(EVP_PKEY_RSA, nil, &position, bytes.count)
        }
        guard let key = unsafe key else {
            ERR_clear_error()
            return nil
        }
        unsafe self.key = key
    }

    /// `nil` unless the bytes are one RSAPrivateKey (RFC 8017 A.1.2).
    init?(privateDER der: [UInt8]) {
        let key = unsafe der.withUnsafeBufferPointer { bytes -> OpaquePointer? in
            var position = bytes.baseAddress
            return unsafe d2i_PrivateKey(EVP_PKEY_RSA, nil, &position, bytes.count)
        }
        guard let key = unsafe key else {
            ERR_clear_error()
            return nil
        }
        unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    static func generate(bits: Int) -> RSAHandle? {
        guard let key = unsafe shim_rsa_generate(Int32(bits)) else { return nil }
        return unsafe RSAHandle(adopting: key)
    }

    /// The key in an opened file; `nil` unless it is one of RSA.
    static func copy(of key: OpaquePointer) -> RSAHandle? {
        guard unsafe EVP_PKEY_is_a(key, "RSA") == 1, unsafe EVP_PKEY_up_ref(key) == 1 else { return nil }
        return unsafe RSAHandle(adopting: key)
    }

    /// The primes are prime, and every number follows from them (SP 800-56B §6.4.1.4).
    var isConsistent: Bool {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return false }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        let isGood = unsafe EVP_PKEY_check(context) == 1
        if !isGood { ERR_clear_error() }
        return isGood
    }

    /// One of the key's numbers by its JWK name, big-endian, without leading zeros.
    func number(_ name: String) -> [UInt8]? {
        var number: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(key, name, &number) == 1 else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe BN_clear_free(number) }
        var bytes = [UInt8](repeating: 0, count: Int(unsafe (BN_num_bits(number) + 7) / 8))
        unsafe BN_bn2bin(number, &bytes)
        return bytes
    }

    /// RSAPrivateKey; `nil` for a public key.
    var privateDER: [UInt8]? {
        let count = unsafe i2d_PrivateKey(key, nil)
        guard count > 0 else {
            ERR_clear_error()
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(count))
        let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer -> Int32 in
            var position = buffer.baseAddress
            return unsafe i2d_PrivateKey(key, &position)
        }
        return written == count ? bytes : nil
    }

    func sign(digest: [UInt8], count: Int) -> [UInt8]? {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return nil }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var filled = count
        var signature = [UInt8](repeating: 0, count: count)
        guard unsafe EVP_PKEY_sign_init(context) == 1, unsafe Self.choosePKCS1(context),
            unsafe EVP_PKEY_sign(context, &signature, &filled, digest, digest.count) == 1, filled == count
        else { return nil }
        return signature
    }

    func verify(_ signature: [UInt8], digest: [UInt8]) -> Bool {
        guard let context = unsafe EVP_PKEY_CTX_new_from_pkey(nil, key, nil) else { return false }
        defer { unsafe EVP_PKEY_CTX_free(context) }
        guard unsafe EVP_PKEY_verify_init(context) == 1, unsafe Self.choosePKCS1(context) else { return false }
        let isGood = unsafe EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
        if !isGood { ERR_clear_error() }
        return isGood
    }

    private static func choosePKCS1(_ context: OpaquePointer) -> Bool {
        unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
            && EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1
    }
}
