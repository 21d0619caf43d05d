internal import COpenSSL

/// The key derivation functions of OpenSSL that other systems hash passwords with.
extension PBKDF2Text {
    func fits(_ password: [UInt8]) throws(PasswordHashRefusal) -> Bool {
        let algorithm =
            switch digest {
            case .sha1: unsafe EVP_sha1()
            case .sha256: unsafe EVP_sha256()
            case .sha512: unsafe EVP_sha512()
            }
        var made = [UInt8](repeating: 0, count: key.count)
        let done = unsafe password.withUnsafeBytes { password in
            unsafe PKCS5_PBKDF2_HMAC(
                password.assumingMemoryBound(to: CChar.self).baseAddress, Int32(password.count), salt,
                Int32(salt.count), Int32(iterations), algorithm, Int32(key.count), &made)
        }
        guard done == 1 else { throw .outOfMemory }
        return constantTimeEqual(made, key)
    }
}

extension ScryptText {
    func fits(_ password: [UInt8]) throws(PasswordHashRefusal) -> Bool {
        guard let project else {
            return constantTimeEqual(try derive(password, salt: salt, count: key.count), key)
        }
        let derived = try derive(password, salt: salt + project.saltSeparator, count: 64)
        return constantTimeEqual(try Self.encrypt(project.signerKey, key: Array(derived.prefix(32))), key)
    }

    private func derive(_ password: [UInt8], salt: [UInt8], count: Int) throws(PasswordHashRefusal) -> [UInt8] {
        var made = [UInt8](repeating: 0, count: count)
        let done = unsafe password.withUnsafeBytes { password in
            unsafe EVP_PBE_scrypt(
                password.assumingMemoryBound(to: CChar.self).baseAddress, password.count, salt, salt.count,
                1 << UInt64(logN), UInt64(r), UInt64(p), 2 * 1_024 * UInt64(HashCeiling.memoryKiB), &made, made.count)
        }
        guard done == 1 else { throw .outOfMemory }
        return made
    }

    /// AES-256 in counter mode from zero, as Firebase does it.
    private static func encrypt(_ plain: [UInt8], key: [UInt8]) throws(PasswordHashRefusal) -> [UInt8] {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { throw .outOfMemory }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let zeros = [UInt8](repeating: 0, count: 16)
        var output = [UInt8](repeating: 0, count: plain.count)
        var count: Int32 = 0
        guard unsafe EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nil, key, zeros) == 1,
            unsafe EVP_EncryptUpdate(context, &output, &count, plain, Int32(plain.count)) == 1,
            Int(count) == plain.count
        else { throw .outOfMemory }
        return output
    }
}
